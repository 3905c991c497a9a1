"""The texts of ``masking_probes``: one open place each, at every joint of what is known to give a secret away."""

from __future__ import annotations

DRAWN = (
    "a1b2c3d4e5f60718293a4b5c6d7e8f90", "Zx81Wq72Lk53Vb94Nm05Ty16Rc38Pd27", "9f86d081884c7d659a2feaa0c55ad015",
    "qwertyuiopasdfghjklzxcvbnmqwerty", "model2024checkpoint0005final0012", "hunter22", "x9-Ab3_k2+Zq7/wE4=r8tY",
)  # fmt: skip
RANDOM = "Zx81Wq72Lk53Vb94Nm05Ty16"
KEY = "MIIEpAIBAAKCAQEAkkkkkkkk"

CHARS = (
    # A value, its quotes, what stands between it and its name.
    "password=hunter2¤rest", 'password="hun¤ter2" rest', "password='hun¤ter2' rest", 'password = ¤"hunter2"',
    'password = r¤"hunter2"', 'password=\\"hun¤ter2\\" rest', 'password: "a\\¤b" x', "password=&quot;hun¤ter2&quot; x",
    "password=&quot;hunter2&¤; x", "password=&#3¤;hunter2&#39; x", "password=&#x2¤;hunter2&#x27; x",
    "password=\\u002¤hunter2 x", "password=\\x2¤hunter2 x", "password¤=hunter2", "password¤hunter2",
    "password=¤hunter2",
    "password%3¤hunter2", "password%253¤hunter2", "password\\u003¤hunter2", "password&#x3¤;hunter2",
    "password&#¤3d;hunter2", "password&#6¤;hunter2", 'password"¤: "hunter2"', "password%2¤=hunter2",
    "d['password'¤ = 'hunter2'", "d['password']¤= 'hunter2'", "d['password'] =¤'hunter2'",
    "d['password'] = ¤'hunter2'",
    "d['password'] = r¤'hunter2'", "d['password'] ¤= 'hunter2'", "password ¤ hunter2", 'password:¤str = "hunter2"',
    'password: str¤= "hunter2"', 'password: str =¤"hunter2"', "password ==¤'hunter2'", "password =¤ hunter2",
    "password: Optional¤str] = 'hunter2'", "password: str ¤ None = 'hunter2'", "password: str |¤None = 'hunter2'",
    '"a-password"¤: failed to', '"a-password" ¤ failed to', '"a-password" :¤failed to', '"a-password" : fail¤d to',
    '"a-password" : failed¤to', '"a-password" : failed ¤o', "password¤x=hunter2", "x¤password=hunter2",
    # Pairs, properties, arguments, options, columns, elements, blocks.
    '"DB_PASSWORD"¤ "value": "hunter2"', '"DB_PASSWORD",¤"value": "hunter2"', '"DB_PASSWORD", ¤value": "hunter2"',
    '"DB_PASSWORD", "¤alue": "hunter2"', '"DB_PASSWORD", "value"¤: "hunter2"', '"DB_PASSWORD", "value"¤ "hunter2"',
    '"DB_PASSWORD", "value":¤"hunter2"', "name: DB_PASSWORD\n¤value: hunter2", "name: DB_PASSWORD¤\n  value: hunter2",
    "name: DB_PASSWORD\n  value¤hunter2", "name: DB_PASSWORD\n  ¤alue: hunter2", "name: DB_PASSWORD,¤value: hunter2",
    "name: DB_PASSWORD\n  value:¤hunter2", 'k="DB_PASSWORD" val¤"hunter2"', 'k="DB_PASSWORD"¤val="hunter2"',
    "<name>dbPassword</¤ame><value>hunter2</value>", "<name>dbPassword</name>¤<value>hunter2</value>",
    "<name>dbPassword</name><¤alue>hunter2</value>", "<name>dbPassword</name><value>¤hunter2</value>",
    "<name>dbPassword</name><value>hun¤ter2</value>", "f('API_KEY'¤, 'abcd1234')", "f('API_KEY',¤'abcd1234')",
    "f('API_KEY', 'abcd¤1234')", 'f("API_KEY", "abcd¤1234")', "f('API_KEY', 'abcd1234'¤)", "f¤'API_KEY', 'abcd1234')",
    "f(¤API_KEY', 'abcd1234')", "f('¤API_KEY', 'abcd1234')", "f('API_KEY', ¤abcd1234')", "--db-password¤hunter2",
    "--db-password ¤hunter2", '"--db-password"¤,"hunter2"', '"--db-password",¤"hunter2"', "¤-db-password hunter2",
    "-¤db-password hunter2", "secret¤a1b2c3d4e5f6a7b8", "secret a1b2c3d4¤e5f6a7b8", "secret a1b2c3d4e5f6a7b8¤ end",
    "secret |¤a1b2c3d4e5f6a7b8", "secret a1b2c3d4¤e5f6a7b8c9d0e1f2", "<password>¤hunter2</password>",
    "<password>hun¤ter2</password>", "<password>hunter2¤/password>", "<password>hunter2<¤password>",
    '<e k="password¤>hunter2</e>', "<password¤>hunter2</e>", "password:¤\n  hunter two", "password: |¤\n  hunter two",
    "password: |\n¤hunter two", "password: |\n  hunter¤two", "password¤: |\n  hunter two", "password:¤|\n  hunter two",
    "password: >-¤\n  hunter two",
    # Chinese names.
    "密码¤hunter2", "密码¤：hunter2", "密码：¤hunter2", "密码：hunter¤two", "密码（旧¤）：hunter2",
    "密码¤旧）：hunter2",
    "密码（旧¤：hunter2", "密码\\u003¤hunter2", "密码%3¤hunter2", "密码已重置¤hunter22", "密码已重置为¤hunter22",
    "密码 hunter¤22", "密码重置为 hunter¤22", "密码¤hunter22", "密码-¤hunter2", "密码=¤hunter2",
    "password¤为hunter22", "password 改¤hunter22", "password为¤hunter22", "password为 hunter¤22",
    "passwords¤为hunter22",
    # Values that go on, and such as a sentence, a call, a list or the next line gives.
    "password=hun1ter,a1¤b2", "password=hun1ter,a1b2¤", "password = getpass(¤'Word12')",
    "password = getpass(r¤'Word12')",
    'f("Password: "¤', 'f("Password: " ¤', f"key¤{RANDOM}", f"key=¤{RANDOM}", "key=Zx81Wq72Lk53¤Vb94Nm05Ty16",
    f"cache¤key={RANDOM}", f"x¤key={RANDOM}", "pad¤token=abcdefgh", "x¤ak=abcdefg1", "my¤pass=abcd12",
    "my¤db_pass=abcd", "¤PASS=abcdef1", "pass¤abcdef1", "tests¤secret=regcred",
    "pull¤secret=regcred", "password is ¤hunter22", "password is hunter22¤", "password is hunt¤r22",
    "password is hunter22¤ and more", "password¤ is hunter22", "password ¤ hunter22", "password (root)¤ hunter22",
    "password (ro¤ot): hunter22", "password [ro¤ot]: hunter22", "password¤(root): hunter22",
    "password (root¤: hunter22",
    "password for¤root: hunter22", "password for root¤ hunter22", "password is¤hunter22", "password: is ¤hunter22",
    "set_password(¤hunter22)", 'set_password("hun¤ter22")', 'set_password(¤"hunter22")', 'set_password("hunter22"¤',
    "set_password('hun¤ter22')", "password(hunt¤r22)", "password(hunter22¤", "x¤password(hunter22)",
    'get¤password("hunter22")', "password=[¤hunter22]", "password=¤hunter22]", "password=[hunter22¤ x hunter33]",
    "password¤[hunter22]", "password=[x hunt¤r22]", "password¤=[hunter22]", "password=¤[hunter22]",
    "password:\n¤hunter22\n",
    "password:¤\n  hunter22\n", "password:\n  hunter22¤", "password:\n  hunter22 ¤", "password:\n  hun¤er22\n",
    "password¤:\n  hunter22\n", "password:\n ¤hunter22\n", "machine h login me password ¤bcd",
    "machine h login me¤password abcd", "machine h¤login me password abcd", "machine h login me password ab¤cd",
    "user PASSWORD ¤abcd'", "user PASSWORD '¤abcd'", "password is &quot;hun¤ter22&quot;", "password is '¤bcdef'",
    "password is “hunter22¤", "password is 「hunter22¤",
    # What is no password by itself.
    "password is 12¤34", "password is 2026-11¤25", "password is 2026¤11-25", "password is 1200¤", "password is 12¤ab",
    "password is sha¤256", "password is sha256¤x1", "password is hunter.¤m22", "password is hunter¤com22",
    "password is a1.b2¤80", "password is abc!¤", "password is ¤bc123!", "password is abc1&¤bc;x", "password is 0x1¤ff",
    "password is hunter¤22:8080", "password is a1b2(¤", "password is 10¤20", "password is v1¤a2",
    "password: ORA¤01017",
    "password: OR¤-01017", "password: ORA-0¤017", "password is hunter=¤", "password is hun¤er",
    # Nothing, references, numbers.
    "password=**¤", "password=XX¤", "password=$¤", "password=$A¤", "password=${A¤}", "password=${A¤",
    "password={{ x ¤}",
    "token=1¤2345", "token=¤12345", "token=12345¤", "token=12345k¤", "token=12345¤b", "token=12345/¤", "token=0x1¤f",
    "token=¤abcd", "token=0¤1f", "x¤signature=ab", "x%2¤signature=ab", "signature=abcdefghijklmno¤", "¤_PWD=~/x",
    "PWD=¤root", "¤PWD=/root", "session¤id=" + RANDOM, "session_id¤=" + RANDOM,
    # Forms.
    "LTAI1234567¤", "LTAI12345678¤" + "1" * 30, "LTAI12345678 " + "1" * 29 + "¤", "LTAI12345678 " + "1" * 30 + "¤",
    "LTAI12345678,¤" + "1" * 30, "¤LTAI12345678", "eyJ11111111¤22222222.333333", "eyJ11111111.22222222¤44.55",
    "eyJ11111111¤22222.33333", "¤eyJ11111111.2222222", "bearer¤abcdefgh1", "bearer abcd¤efgh1", "¤bearer abcdefgh1",
    "Authorization¤abcd", "Authorization:¤abcd", "Authorization: ab¤cd", "Authorization: Basic¤abcd",
    "Authorization: Ba¤ic abcd", "Authorization: Basic ab¤cd e",
    "Authorization: Basic ¤bcd", '"Authorization¤: "abcd"',
    'Authorization": ¤abcd"', "Cookie: a=b¤c d", "Cookie: ¤bc", "Cookie¤abc", "https://u:p¤w@host",
    "https://¤u:pw@host",
    "https://u¤pw@host", "https://u:pw¤host", "https%3A%2F%2Fu%3Ap¤w%40h", "https%3A%2F%2Fu%3Apw%4¤h",
    "https%3A%2F%2Fu%3Ap%2¤w%40h", "u:p¤w@tcp(db)", "a¤u:pw@tcp(db)", "https://hooks.slack.com/services/1234567¤",
    "https://hooks.slack.com/services/12345678¤9", "https://x/?key=1234567¤90abcdef", "?sig=12345678¤9",
    "auth(ID,¤'a1b2c3d4e5f6a7b8c9')", "auth(¤ID, 'a1b2c3d4e5f6a7b8c9')", "auth(I¤D, 'a1b2c3d4e5f6a7b8c9')",
    "auth(ID, 'a1b2c3d4¤e5f6a7b8c9')", "auth(ID, ¤a1b2c3d4e5f6a7b8c9')", "auth(ID, 'a1b2c3d4e5f6a7b8c9¤)",
    "SEC" + "0" * 63 + "¤", "SEC" + "0" * 64 + "¤", "¤SEC" + "0" * 64, "cGFzc3dvcmQ9¤YWJj",
    "cGFzc3dvcmQ9YWJjZGVm¤ZmZm",
    # Private keys by their Base64.
    *(f"{KEY[:place]}¤{KEY[place + 1:]}" for place in range(20)), f"{KEY}¤kk", f"{KEY}\\¤kk", f"¤{KEY}",
    f"{KEY}\n{'k' * 50}¤\n{'k' * 20}\n", f"{KEY}\n{'k' * 20}¤kkk\nx", f"{KEY}¤{'k' * 30}\nx", "b3BlbnNzaC1rZXktd¤AAAA",
    "MHcCAQE¤AAAA", "MC4CAQAwBQYDK2V¤AAAA", "MIGHAgEAMBM¤AAAA", "Private-Lines¤ 14",
    # Command lines.
    "mysql¤-pabcd", "mysql -p¤abcd", "mysql -pab¤cd", "mysql -p'ab¤cd' e", 'mysql -p"ab¤cd" e', "redis-cli -a¤abcd",
    '["redis-cli",¤"-a", "abcd"]', '["redis-cli", "-a"¤"abcd"]', '["redis-cli", "-a",¤"abcd"]',
    "['redis-cli', '-a',¤'abcd']", "['redis-cli', '-a'¤'abcd']", "mysql ¤pabcd", "redis-cli -a ¤bcd", "mysql x¤-pabcd",
    "htpasswd¤-b f u abcd", "htpasswd -¤ f u abcd", "htpasswd -b¤f u abcd", "htpasswd -b f¤u abcd",
    "htpasswd -b f u¤abcd",
    "htpasswd -b f u ¤bcd", "wandb login¤abcd", "wandb login --¤ abcd", "wandb login ¤x abcd", "wandb login --x¤abcd",
    "mc alias set¤a b user word", "mc alias set a¤b user word", "mc alias set a b¤user word",
    "mc alias set a b user¤word",
    "mc config host add¤a b user word", "mc config host add a¤b user word", "mc config host add a b¤user word",
    "mc config host add a b user¤word", "ngrok authtoken¤abcd", "kubectl create secret x --from-literal¤k=abcd",
    "kubectl create secret x --from-literal=¤k=abcd", "kubectl create secret x --from-literal=k¤=abcd",
    "kubectl create secret x --from-literal=k¤abcd", "IDENTIFIED BY¤'abcd'", "IDENTIFIED BY¤PASSWORD 'abcd'",
    "IDENTIFIED BY PASSWORD¤'abcd'", "identified by¤'abcd1'", "identified by 'abcd¤'", "identified by ¤abcd1'",
    "requirepass¤abcd1", "requirepass abcd¤", "requirepass a¤cd1", "masterauth abcd¤", "masterauth¤abcd1",
    "echo¤abcd | docker login --password-stdin", "echo -¤ abcd | docker login --password-stdin",
    "echo -n¤abcd | docker login --password-stdin", "echo abcd¤| docker login --password-stdin",
    "printf '%¤' abcd | docker login --password-stdin", "printf ¤%s' abcd | docker login --password-stdin",
    "printf '%s¤ abcd | docker login --password-stdin", "printf '%s\\¤' abcd | docker login --password-stdin",
    "echo ab¤cd | chpasswd", "mysql -p1234¤", "mysql -p$A¤", "mysql -p$¤", "mysql -p${A¤}", "mysql -p${¤}",
    "mysql -p<a¤",
    "mysql -p$(a¤", "mysql -p**¤", "mysql -p¤12",
    # What a terminal would obey.
    "a\x1b¤b", "a\x1b[1¤b", "a\x1b[1;¤b", "a\x1b]0;t¤b\x07c", "a\x1b(¤b", "a\x1b[31m\x1b¤bc", "ü\x9b1¤b", "ü\x9b¤1mb",
)  # fmt: skip

RUNS = (
    ("password§= hunter2", " ", 60), ("password=§hunter2", " ", 8), ("d['password']§= 'x1'", " ", 8),
    ("d['password'] =§'x1'", " ", 8), ('password:§str = "a1"', " ", 8), ('password: str§= "a1"', " ", 8),
    ('password: str =§"a1"', " ", 8), ("password §'hunter2'", "=", 6), ("d['password']§'hunter2'", "=", 6),
    ('password=§"hunter2"', "\\", 8), ('password§": "a1"', "\\", 8), ("password = §'a1'", "r", 5),
    ("d['password'] = §'a1'", "r", 5), ("password§=hunter2", "x", 52), ("secret§a1b2c3d4e5f6a7b8", " ", 11),
    ("secret a1b2c3d4e5f6§", "x", 8), ("f('API_KEY', 'a1§')", "b", 12), ('f("API_KEY", "a1§")', "b", 12),
    ("--db-password§hunter2", " ", 8), ('"--db-password",§"a1"', "\\", 8), ("密码（§）：hunter2", "旧", 24),
    ("密码§hunter2", "：", 6), ("密码：a§", "1", 8), ("密码 a1§", "b", 70), ("密码§为 hunter22", "x", 4),
    ("password=hunter1,a1§", "b", 70), ("password is a1§", "b", 70), ("password a1§", "b", 70), ("token a1b2c3d4e5§",
    "f6", 8),
    ("password (§): hunter22", "r", 45), ("password ()§: hunter22", " ", 8), ("password [§]: hunter22", "r", 45),
    ("password§(x): hunter22", " ", 4), ("password(a1§)", "b", 70), ('set_password("a1§")', "b", 90),
    ("password=[§hunter22]", "x ", 66), ("password§=[hunter22]", " ", 8), ("password=§[hunter22]", " ", 8),
    ("password is §hunter22", "just ", 15), ("password §hunter22", "is ", 16), ("password: §", "'' ", 4),
    ("password is '§'", "b", 8), ("password=\n§hunter22\n", " ", 4), ("password: §", "hunter22 ", 4),
    ("password is x§1", "ab-", 8), ("password&§;hunter22&quot;", "amp;", 4), ("password=§u0022hunter2", "\\", 7),
    ("machine h login me§password abcd", " ", 170), ("passwords§ is hunter22", "s", 4), ("get§_password('hunter22')",
    "x", 26),
    ("LTAI12345678§" + "1" * 30, " ", 8), ("LTAI§", "1", 12), ("bearer§abcdefgh1", " ", 8), ("bearer a1§", "b", 10),
    ("Authorization§: abcd", " ", 8), ("Authorization:§abcd", " ", 8), ('"Authorization§": "abcd"', "\\", 8),
    ('"Authorization": §"abcd"', "\\", 8), ("Authorization: a§ bcde", "b", 30), ("Authorization: Basic§abcd", " ", 6),
    ("https://§@host", "u", 20), ("u:§@tcp(db)", "p", 4), ("auth(§, 'a1b2c3d4e5f6a7b8c9')", "I", 85),
    ("auth(ID, '1a2§')", "b3", 16), ("https://x/?key=1§", "2", 20), ("https://x/?sig=§", "1", 12),
    ("https://hooks.slack.com/services/§", "1", 12), ("SEC§", "0a", 40), ("eyJ§.22222222", "1", 14), ("eyJ11111111.§",
    "2", 8),
    ("token=1§", "2", 30), ("token=-1§", "2", 30), ("token=0x§", "f", 20), ("token=a§", "b", 6), ("ak=a1§", "b", 10),
    ("ak=§", "b", 12), ("X_PASS=a§", "b", 6), ("pass=a§1", "b", 8), ("pass: a1§", "b", 8), ("signature=1§", "2", 20),
    ("password=§", "*", 85), ("password=§", "x", 85), ("password=$§", "A", 85), ("password=${§}", "A", 85),
    ("password={{§}}", " ", 85), ("session_id=a1§", "b2", 10), ("pw=a1§", "b", 70), ("x§PASS=abcd", "A", 44),
    ("-§token abcd", "x", 44), ("mysql -p§", "1", 9), ("mysql§-pab", " ", 4), ("echo abcd§| chpasswd", " ", 4),
    ("echo abcd§ | chpasswd", " x", 4), ("echo abcd |§chpasswd", " ", 410), ("echo a1§ | chpasswd", "b", 410),
    ("kubectl create secret x --from-literal=§=abcd", "k", 85), ("htpasswd -§ f u abcd", "b", 4),
    (f"{KEY}\n§\nx", "k", 60), (f"{KEY}\n{'k' * 50}\n§\nx", "k", 60), (f"{KEY}\n{'k' * 50}§\n{'k' * 20}\nx", "k", 4),
    ("a\x1b[§mb", "1", 70), ("a\x1b[1§mb", " ", 12), ("a\x1b§(Bb", " ", 8), ("a\x1b]§\x07b", "t", 1_030), ("ü\x9b§mb",
    "1", 70),
    ("ü\x9b1§mb", " ", 12), ("a\x1b§b", "\x1b[1m", 4),
)  # fmt: skip
"""Text, what comes more and more often, up to how often."""

TEXT_WORDS = (
    "token_◊=abcdefgh1", "passwordX◊=abcdefgh1", "password=◊", "token=◊", "token: ◊1", "◊_token=abcdefgh",
    "◊ token: abcdefgh",
    "◊ token: abcdefg1", f"◊ token: {RANDOM}", "◊_pass=abcd12", "◊_key=abcd12", f"◊_key={RANDOM}", "◊key=abcd12",
    "password ◊ hunter22", "password is ◊ hunter22", "password ◊ to hunter22", "password will ◊ hunter22",
    "password is '◊'", "password is ◊", "password is ◊22",
    "password is ◊-22", "password is 12◊", '◊_password("hunter22")', "◊password('hunter22')",
    'password: ◊ = "hunter2"', "密码◊hunter22", "◊=hunter22a", f"◊={RANDOM}", "◊: hunter22", "◊◊ hunter22",
    "◊ is hunter22",
    "◊ -p hunter22 x", "◊ login -p hunter22 x", "◊ -phunter22 x", "◊ hunter22", "--◊ hunter22", f"https://◊/{RANDOM}",
    f"{RANDOM}◊{RANDOM}", "<◊>hunter22</◊>", "◊_secret=regcred", "secret_◊=regcred",
)  # fmt: skip

_WORDS = """
file path dir name count len length size num type types ttl expiry expires policy version enabled required mode
format header column regex min max limit budget age rotation url uri endpoint host arn stdin type_id type_ids
dim acc accuracy loss rate ratio index idx pos position mask per_second s_per_step ids emb embd embed embedding
embeddings weight weights bias shape logits prob probs score scores level dispatcher usage throughput ref
key_ref keyref class map store provider none null nil undefined true false yes no optional redacted hidden
masked %s ... … str string bytes any not missing invalid expired empty unset disabled nan inf on off auto
default pad eos bos unk sep cls stop begin start end special next prev page first last pull existing predicted
generated bad unexpected target illegal output input sampled decoded forced db user root admin sql mysql redis
smtp mail ftp pg postgres mongo http proxy git login my app registry cache primary foreign sort partition public
object s3 oss dict hash lookup row idempotency dedup routing group label metric graph kv state etag event
message kafka etcd memo config websocket rdd private access api account signing encryption master license shared
storage auth is was are be = equals set reset changed updated created initialized initialised replaced
configured given assigned now just still only simply currently temporarily automatically will has have been
should must to as with by for of -> --> → ~ – — - | : wrong incorrect correct password passwd passphrase
passcode pswd secret credential token tokensecret secretstr weak strong username admin's key is_set base sha md
utf aes rsa hs rs es hmac pbkdf oauth scrypt crypt argon x ipv v py python http https level latin iso ed crc int
uint float char varchar node rank step line test errno error get read load fetch find look delete remove create
ask prompt list add getting change update new the a SecretStr Optional[str] Optional[SecretStr] Any Optional 为
是 已重置为 已经重置为 被改为 设置为 设定为 修改为 更新为 变更为 初始化为 设为 换为 重置 设置成 已 被 成 ： 密码
密碼 口令 授权码 密钥 秘钥 私钥 金鑰 私鑰 令牌 凭证 pwd webhook signature session sid csrf pat cred creds jwt pw
pass ak sk session_id sessionid session-id sessid curl skopeo podman mariadb redis-cli redis-server docker
nerdctl buildah sshpass ldapsearch ossutil ossfs obsutil coscmd odpscmd osscmd openssl smbclient clickhouse
sqlcmd ssh-keygen unzip zip 7z htpasswd wandb mc ngrok requirepass masterauth trace debug info warn warning
fatal production development staging localhost enable disable accessid access_id access.id access-id
authorization cookie set-cookie basic bearer monkey bypass forward bank continuation seconds second
minutes hours days times tokens chars characters byte
"""
WORDS = tuple(dict.fromkeys(_WORDS.split()))
"""Words that stand around secrets in programs, settings and sentences, and such as only resemble them."""

NAME_CHARS = (
    "db¤key", "x¤pass", "access¤key", "access¤id", "pad¤token", "pad_token¤", "pad_token¤id", "next_page¤token",
    "next¤page_token", "public¤key", "secretar¤", "secretarie¤", "token¤", "tokeni¤", "tokens¤ecret", "x¤auth",
    "auth¤",
    "NextToken¤", "¤NextToken", "sep¤tokens", "¤key", "◊key", "◊_key", "◊", "◊_token", "◊_token_id", "my_◊", "◊Token",
    "x◊",
)  # fmt: skip
FIELD_CHARS = (
    "access¤token", "access¤key", "private¤key", "api¤key", "Secrets¤", "¤token", "token¤", "credential¤", "¤auth",
    "auth¤",
    "auth¤rization", "cookie¤", "¤cookie", "webhook¤url", "webhookurl¤", "pass¤", "◊", "◊Token", "◊_key", "◊Key",
)  # fmt: skip
PLAIN_CHARS = (
    "1¤2", "¤1", "1¤", "10¤B", "10 ¤", "10 K¤", "10 K¤B", "10¤ms", "10 m¤", "/a¤b", "/a/b¤", "/a/¤", "¤a/b",
    "https¤//example.com", "http¤://example.com", "https://ex¤mple.com", "https://¤xample.com", "https://example.c¤m",
    "https://example¤com", "https://example.com¤", "https://example.com:8¤", "https://example.com/a¤b",
    "https://example.com/a1b2c3d4e5f6¤7h8", "github.com/¤", "◊", "/◊", "/a/◊", "https://◊", "https://example.◊",
    "https://x.internal¤", "https://a.◊.com", "mirror.◊",
    *(f"{host}/x¤" for host in ("a.aliyuncs.com", "a.aliyun.com", "a.alibabacloud.com", "pypi.org",
    "a.pythonhosted.org",
                                "a.python.org", "docker.io", "github.com", "a.githubusercontent.com", "huggingface.co",
                                "hf-mirror.com", "modelscope.cn", "quay.io", "nvcr.io", "gcr.io", "ghcr.io",
                                "a.edu.cn",
                                "pytorch.org", "npmjs.org")),
    *(f"https://a.{end}¤" for end in ("internal", "local", "svc", "corp", "lan", "intra", "home", "test", "invalid")),
)  # fmt: skip
PLAIN_RUNS = (
    ("1§", "2", 260), ("https://a§.com", "b", 70), ("https://§b.com", "a.", 12), ("https://example.c§", "o", 14),
    ("https://example.com:8§", "0", 8), ("https://example.com/§", "a", 210), ("https://example.com/a1§", "b", 20),
    ("/§", "a/", 5), ("1 §", "k", 4),
)  # fmt: skip
