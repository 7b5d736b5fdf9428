/** A static asset that the Worker itself needs. Throws if it can't be read. */
export async function readAsset({ ASSETS }: Pick<Env, "ASSETS">, name: string): Promise<Response> {
  const response = await ASSETS.fetch(`https://assets.local/${name}`)
  if (!response.ok) throw new Error(`the asset ${name} answered ${response.status}`)
  return response
}
