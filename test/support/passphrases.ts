/** Passphrases as people make them up, in many languages. None may be refused. */
export const PASSPHRASES = `
quiet lantern over the harbor
my grandmother baked plum cake every sunday
the dog ate my homework again
seven purple umbrellas in the rain
never trust a penguin with your lunch
i still miss the blue bicycle
coffee first then we talk about it
who left the kitchen window open
rain on a tin roof sounds like home
three cats one sofa no space for me
winter mornings smell like oranges
we drove all night to see the sea
the library closes at half past nine
please water the tomatoes on friday
an old map of a town that is gone
let's meet under the station clock
Paris was colder than we expected!
what the moon said to the river
ten green bottles fell off the shelf
tea with milk, two sugars, no rush
my first car was a rusty green one
keep the receipt for the red shoes
she sells sea shells in december
the password to the treehouse was owl
secret recipes belong in old tins
welcome home, said the yellow parrot
a user of many hats and one umbrella
admin meetings are better with cake
der Regen fällt leise auf das Dach
meine Oma hatte drei Ziegen im Garten
sieben blaue Vögel sitzen am Fenster
morgen kaufe ich endlich neue Schuhe
Käse und Brot und ein langer Weg
wo ist eigentlich mein Fahrradschloss
der alte Kater schläft auf der Zeitung
im Winter riecht es nach Mandarinen
kein Passwort ist so schön wie dieses
le chat dort sur le piano du salon
ma tante élève des abeilles à Lyon
il pleut toujours le jour du marché
trois pommes rouges dans un panier
nous irons voir la mer en septembre
le vieux pêcheur ne parle jamais
où sont passées mes chaussettes vertes
un café sans sucre et un croissant
la luna se esconde detrás del cerro
mi abuelo tocaba la guitarra muy mal
siete gatos negros en el tejado
mañana compraremos pan y naranjas
el tren de las ocho siempre llega tarde
¿dónde dejaste las llaves del coche?
una vaca verde no cabe en el ascensor
cuando llueve huele a tierra mojada
o mar estava calmo naquela manhã
minha avó fazia bolo de fubá
sete passarinhos azuis na janela
não esqueça de regar as plantas
o elevador parou entre dois andares
saudade do cheiro de café da roça
il gatto dorme sopra il termosifone
mia nonna coltivava pomodori enormi
domani andiamo al mare in bicicletta
tre civette sul comò non dormono mai
il caffè era freddo e il treno in ritardo
de kat slaapt op de warme radiator
mijn oma had zeven witte kippen
morgen fietsen we samen naar zee
wie heeft de laatste stroopwafel gegeten
katten sover på den varme radiatoren
min farmor hade sju vita höns
i morgon åker vi till havet
det regnar alltid när jag har tvättat fönster
bedstemor bagte æblekage hver søndag
jeg glemte paraplyen i toget igen
isoäiti leipoi mustikkapiirakkaa
huomenna menemme mökille saunomaan
kissa nukkuu lämpimän uunin päällä
amma bakaði pönnukökur á sunnudögum
babcia piekła szarlotkę w każdą niedzielę
jutro jedziemy nad morze rowerami
siedem czarnych kotów na dachu
zażółć gęślą jaźń mówiła pani w szkole
babička pekla každou neděli bábovku
zítra pojedeme na kole k řece
sedm černých koček na střeše
kto zjadol posledny kusok kolaca
nagymamám minden vasárnap rétest sütött
holnap biciklivel megyünk a tóhoz
hét fekete macska ül a háztetőn
bunica făcea plăcinte în fiecare duminică
mâine mergem cu bicicleta la mare
баба печеше баница всяка неделя
утре отиваме на море с колело
бабушка пекла пироги каждое воскресенье
завтра поедем на велосипедах к реке
семь чёрных кошек сидят на крыше
кто съел последний кусок торта
зимой на кухне пахнет мандаринами
бабуся пекла пиріг щонеділі
завтра поїдемо велосипедами до річки
сім чорних котів на даху сидять
баба је сваке недеље пекла питу
sutra idemo biciklom na more
sedam crnih mačaka na krovu
јутре одиме на езеро со велосипед
η γιαγιά έφτιαχνε πίτα κάθε κυριακή
αύριο θα πάμε στη θάλασσα με ποδήλατο
εφτά μαύρες γάτες στη στέγη
büyükannem her pazar börek yapardı
yarın bisikletle denize gidiyoruz
çatıda yedi siyah kedi oturuyor
סבתא אפתה עוגה בכל יום שישי
מחר נוסעים לים באופניים
שבעה חתולים שחורים על הגג
מי אכל את העוגה האחרונה
جدتي كانت تخبز الكعك كل جمعة
غدا نذهب إلى البحر بالدراجة
سبع قطط سوداء على السطح
من أكل آخر قطعة من الكعك
مادربزرگ هر جمعه کیک می‌پخت
فردا با دوچرخه به دریا می‌رویم
دادی ہر اتوار کو حلوہ بناتی تھیں
दादी हर रविवार को हलवा बनाती थीं
कल हम साइकिल से नदी तक जाएँगे
छत पर सात काली बिल्लियाँ बैठी हैं
आज चाय में अदरक ज़्यादा है
आजी दर रविवारी पुरणपोळी करायची
ঠাকুমা প্রতি রবিবার পিঠা বানাতেন
কাল আমরা সাইকেলে নদীর ধারে যাব
பாட்டி ஞாயிறு தோறும் பாயசம் செய்வார்
நாளை மிதிவண்டியில் கடலுக்குச் செல்வோம்
అమ్మమ్మ ప్రతి ఆదివారం పాయసం చేసేది
ಅಜ್ಜಿ ಪ್ರತಿ ಭಾನುವಾರ ಪಾಯಸ ಮಾಡುತ್ತಿದ್ದರು
മുത്തശ്ശി എല്ലാ ഞായറാഴ്ചയും പായസം ഉണ്ടാക്കും
ਦਾਦੀ ਹਰ ਐਤਵਾਰ ਖੀਰ ਬਣਾਉਂਦੀ ਸੀ
આજી દર રવિવારે શીરો બનાવતી હતી
ආච්චි හැම ඉරිදාම කැවුම් හැදුවා
หมาสีน้ำตาลนอนอยู่ใต้โต๊ะ
พรุ่งนี้เราจะขี่จักรยานไปทะเล
คุณยายทำขนมทุกวันอาทิตย์
ຍາຍເຮັດເຂົ້າໜົມທຸກວັນອາທິດ
យាយធ្វើនំរៀងរាល់ថ្ងៃអាទិត្យ
အဘွားက တနင်္ဂနွေတိုင်း မုန့်လုပ်တယ်
bà ngoại nấu chè vào mỗi chủ nhật
ngày mai chúng ta đạp xe ra biển
bảy con mèo đen ngồi trên mái nhà
nenek membuat kue setiap hari minggu
besok kita naik sepeda ke pantai
tujuh kucing hitam di atas atap
nagluluto si lola ng bibingka tuwing linggo
bukas magbibisikleta kami sa dagat
春天的风吹过山谷里的小小村庄了
外婆每个星期天都会做红烧肉给我们吃
明天我们骑自行车去河边看夕阳吧
七只黑猫坐在屋顶上等着月亮出来
今天的茶里面姜放得实在太多了一点
我把蓝色雨伞忘在昨天的火车上面了
外婆每個禮拜天都會煮紅豆湯給大家
下雨天最適合躲在家裡看黑白老電影
阿媽逢星期日都會煲老火湯俾我哋飲
おばあちゃんは毎週日曜日に餅をついた
明日は自転車で海まで行きましょう
屋根の上に黒い猫が七匹すわっている
電車の中に青い傘を忘れてしまった
コーヒーは砂糖なしでお願いします
할머니는 일요일마다 떡을 만드셨다
내일 자전거를 타고 바다에 가자
지붕 위에 검은 고양이 일곱 마리
어제 기차에 파란 우산을 두고 내렸다
эмээ ням гараг бүр бууз хийдэг байсан
әжем әр жексенбіде бауырсақ пісіретін
buvim har yakshanba somsa yopardi
ბებია ყოველ კვირას ხაჭაპურს აცხობდა
տատիկը ամեն կիրակի գաթա էր թխում
nənəm hər bazar günü paxlava bişirərdi
gjyshja bënte byrek çdo të diel
vanaema küpsetas igal pühapäeval kooki
vecmāmiņa katru svētdienu cepa pīrāgus
močiutė kiekvieną sekmadienį kepė pyragą
babica je vsako nedeljo spekla potico
bhíodh cáca ag mo mhamó gach domhnach
roedd nain yn pobi bara brith bob sul
nire amamak igandero egiten zuen tarta
la meva àvia feia coca cada diumenge
a miña avoa facía filloas os domingos
in nanna kienet issajjar kull ħadd
bibi alipika maandazi kila jumapili
kesho tutapanda baiskeli hadi baharini
ugogo wayebhaka ikhekhe njalo ngesonto
ouma het elke sondag melktert gebak
kaka tana yin waina kowace lahadi
iya agba maa n se akara ni ojo aiku
አያቴ ዘወትር እሁድ ዳቦ ትጋግር ነበር
ayeeyo axad kasta waxay samayn jirtay canjeero
renibe nanay a nanao mofo isan alahady
avino bakis kukon ĉiun dimanĉon
correct zebra fifty staple moonlight
the fox wears gloves on mondays
nobody counts the stairs twice
our neighbour plays the tuba badly
morgens um sieben ist die Welt noch leer
un jour je vivrai dans un phare
copper kettle violin tuesday gravel
puzzled otter velvet 9 thunder plum
welcome home Charlie
the secret princess
shadow of a dragon
bonjour mon soleil
Sommer oder Winter
hola mi estrella
`
  .trim()
  .split("\n")
