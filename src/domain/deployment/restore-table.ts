/** Where a restore keeps how far it is, in the database that it fills. */
export const RESTORE_TABLE = "restore_progress"
