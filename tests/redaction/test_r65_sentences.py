"""What a sentence, a call or a list gives to a name that says secret is masked; what goes on with it stays."""

from __future__ import annotations

import random
import string
from itertools import product

import pytest

from pai_dlc_mcp.redaction.engine import MASK, clean_text
from pai_dlc_mcp.redaction.likeness import has_random_part, is_of_words, is_password_like, is_random

DRAW = random.Random(65)
LETTERS = string.ascii_letters + string.digits


def drawn(chars: int, letters: str = LETTERS) -> str:
    """What looks drawn at random, as one in twenty of such draws does not."""
    while True:
        value = "".join(DRAW.choices(letters, k=chars))
        if is_random(value, 12):
            return value


PASSWORDS = ("hunter22", "hunter2!", "Tr0ub4dor&3", "q1W)e2rT5y", "admin@123", "P@ssw0rd", "change#me", "19hunter84")
SENTENCES = (
    "the {0} is {1}", "Your {0} is: {1}", "{0}: is {1}", "{0} was {1}", "{0} is set to {1}", "{0} set to: {1}",
    "the new {0} will be {1} from now on", "{0} has been reset to {1}.", "{0} changed to '{1}'", "{0} is now \"{1}\"",
    "{0} for user root: {1}", "{0} for 'https://u@git.corp': {1}", "{0} of root@localhost: {1}",
    "A temporary {0} is generated for root@localhost: {1}", "{0} (root): {1}", "{0}[0] = {1}", "{0} -> {1}",
    "{0} --> {1}", "{0} - {1}", "{0} | {1}", "{0} ............ {1}", "{0} {1}", "{0}\t{1}",
    "{0}                 = {1}",
    "{0}为{1}", "{0} 为 {1}", "{0}是{1}", "{0}已重置为{1}", "{0}改成{1}", "{0}设置为 “{1}”",
)  # fmt: skip
CALLS = ('{0}("{1}")', "set_{0}('{1}')", 'conn.{0}("{1}", 3)', 'with{0}("{1}")', "{0}({1})", "{0}=Wrapped('{1}')")
LISTS = ("{0}=[\"{1}\"]", "{0}: [{1}]", "{0}s = [\"{1}\", \"{1}\"]", "{0}=`{1}`", "{0}=({1})", "{0} = \"\"\"{1}\"\"\"",
         "{0}=<{1}>", "{0}: ('{1}',)", "{0}=$'{1}'")  # fmt: skip


@pytest.mark.parametrize("form", [*SENTENCES, *CALLS, *LISTS])
def test_r65_a_password_is_masked_wherever_a_sentence_a_call_or_a_list_gives_it(form: str) -> None:
    for name, value in product(("password", "passwd", "Password"), PASSWORDS):
        if set(value) & set("&)") and form in ("{0}({1})", "{0}=({1})", *LISTS):
            continue  # a bracket ends there
        text = form.format(name, value)
        shown = clean_text(f"x {text}\ny")
        assert value not in shown, text
        assert MASK in shown
        whole = f"x {text}\ny"
        assert shown.startswith(whole[: whole.index(value)]), "what stands before the value stays"
        assert shown.endswith(whole[whole.rindex(value) + len(value) :]), "and what stands behind it"


@pytest.mark.parametrize("name", ["token", "API key", "secret", "access key", "credential"])
@pytest.mark.parametrize("form", [*SENTENCES, *CALLS, *LISTS])
def test_r65_a_token_that_looks_drawn_at_random_is_masked_in_the_same_places(name: str, form: str) -> None:
    for chars, letters in ((20, LETTERS), (32, "0123456789abcdef"), (40, LETTERS)):
        value = drawn(chars, letters)
        text = form.format(name, value)
        if "tokens" not in text:  # those of a text
            assert value not in clean_text(f"x {text} y"), text


WORDS = (
    "wrong", "incorrect", "required", "empty", "not set", "too short", "invalid", "changed", "reset successfully",
    "expired", "the same as before", "stored in /etc/shadow", "base64-encoded", "sha256", "hashed with bcrypt",
    "SHA-512", "12 characters long", "8-16 characters", "30-day-old", "3600s", "2026-11-25", "deprecated since v1.2",
    "read from db1.internal", "%s", "$PASSWORD", "${DB_PASSWORD}", "<your password>", "None", "null",
    "os.environ['X1']",
    "required!", "utf-8", "python3", "one of a1, b2", "sent to node12", "/run/secrets/db1", "file:///run/db1",
    "{password!r}", "valid for 3600 seconds", "refreshed every 90m", "in use by user42",
)  # fmt: skip


@pytest.mark.parametrize("name", ["password", "Password", "token", "secret", "API key", "access key"])
@pytest.mark.parametrize("form", ["the {0} is {1}", "{0} was {1}", "{0} {1}", "{0} has been {1}", "{0} - {1}"])
def test_r65_a_sentence_about_a_secret_stays_readable(name: str, form: str) -> None:
    for words in WORDS:
        text = form.format(name, words)
        assert clean_text(f"x {text}\ny") == f"x {text}\ny"


@pytest.mark.parametrize(
    "text",
    [
        "getpass.getpass('Password: ')", 'getpass("Enter password:")', "print('token: ' + repr(one))",
        "password = getpass()", "password = os.getenv('DB_PASSWORD')", "token = self.get_token()",
        'get_secret("wandb-key-2024")', 'load_token("Zq7Wk9Xv2Ab4Cd6Ef8")', "password(user)", "password()",
        "def password(self, key1):", 'verify_token("abc")', "tokenizer.convert_token('hello')",
        "f'password={password!r}'",
        "input_token(5)", "password=[]", "password={}", '{"password": ["This field is required."]}',
        '"password": {"type": "string", "minLength": 8}', 'tokens: ["the", "cat"]', "token[0] = 'the'",
        "token[0]: 15496",
        "password=<password>", "secret(s) found: 3", "token(s) processed in 12m34s",
        "missing key(s) in state_dict: x1y2",
        "token ... done", "password ............ None", "Loading token ... ok",
        "incorrect password for user root: ORA-01017: invalid", "invalid token for job dlc1a2b3c: HTTP401",
        "Access denied for user 'root'@'10.0.0.1' (using password: YES)", "密码为空", "密码为8-16位", "密码错误",
        "密码已重置",
        "token为空", "token数为1234", "password为必填项", "密码是base64编码", "密码 sha256",
        "password authentication failed for user \"db1\"", "token 151643 is <|endoftext|>",
    ],
)  # fmt: skip
def test_r65_code_prompts_and_reports_about_secrets_stay_readable(text: str) -> None:
    assert clean_text(text) == text


QUOTES = ("&quot;", "&#34;", "&#x22;", "&apos;", "&#39;", "&amp;quot;", "\\u0022", "\\x22", "\\u0027", "\\\\u0022")


@pytest.mark.parametrize("quote", QUOTES)
def test_r65_quotes_of_html_and_json_are_quotes(quote: str) -> None:
    for text, shown in (
        ("{q}password{q}:{q}a b,c{q}, {q}n{q}: 1", "{q}password{q}:{q}***{q}, {q}n{q}: 1"),
        ("DB_PASSWORD={q}hunter22{q} x", "DB_PASSWORD={q}***{q} x"),
        ("{q}AccessKeySecret{q}: {q}abc{q}", "{q}AccessKeySecret{q}: {q}***{q}"),
        ("{q}token{q}: {q}abcd", "{q}token{q}: {q}***"),
        ("{q}password{q}: {q}{q}", "{q}password{q}: {q}{q}"),
        ("{q}password{q} is required", "{q}password{q} is required"),
        ("{q}next_token{q}: {q}the{q}", "{q}next_token{q}: {q}the{q}"),
    ):
        assert clean_text(text.format(q=quote)) == shown.format(q=quote)


@pytest.mark.parametrize(
    "name", ["key", "KEY", "wandb_key", "DASHSCOPE_KEY", "openai.key", "sessionid", "session_id", "JSESSIONID",
    "PHPSESSID",
             "sid", "session", "csrf", "pat", "cred", "MY_CREDS", "jwt"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["{0}={1}", "{0}: {1}", "{0} = '{1}'", '"{0}": "{1}"', "{0}='{1}'"])
def test_r65_what_is_drawn_at_random_is_masked_under_a_name_that_may_say_secret(name: str, form: str) -> None:
    for letters, chars in (("0123456789abcdef", 32), (LETTERS, 24), (LETTERS, 48)):
        value = drawn(chars, letters)
        assert value not in clean_text(f"x {form.format(name, value)} y")


@pytest.mark.parametrize(
    "value",
    [
        "value", "model.layers.0.self_attn.q_proj.weight", "models/llama-2-7b/checkpoint-1000/pytorch_model.bin",
        "session_2026-11-25_12-00-00_123456_1", "rank0_layer12_block3_weight", "linux-py310-torch2",
        "12345678901234567890",
        "Qwen2VLForConditionalGeneration", "2026-11-25T12:00:00.123456", "user:12345:profile", "0a1b2c3d",
        "finetune-2024",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "train_loss_1e-4_bs32_lr5",
        "b'0001'",
        "qwen2.5-7b-instruct-int4-gptq-v2", "dataset/imagenet/train-00001-of-01024.tar", "lambda x: x[1]",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["key", "session", "session_id", "sid", "pat", "KEY"])
def test_r65_names_paths_times_and_numbers_stay_under_such_a_name(name: str, value: str) -> None:
    for form in ("{0}={1}", "{0}: {1}", '"{0}": "{1}"'):
        text = form.format(name, value)
        assert clean_text(text) == text


@pytest.mark.parametrize("thing", ["cache", "primary", "partition", "s3", "state", "idempotency", "object"])
def test_r65_keys_of_caches_tables_and_stores_are_no_secrets(thing: str) -> None:
    value = drawn(40, "0123456789abcdef")
    for gap, sign in product(("_", " ", "-"), ("=", ": ")):
        assert clean_text(f"{thing}{gap}key{sign}{value}") == f"{thing}{gap}key{sign}{value}"


@pytest.mark.parametrize("name", ["pw", "db_pw", "PW", "pswd"])
def test_r65_short_names_of_passwords_hide_what_looks_like_one(name: str) -> None:
    for value in ("hunter22", "Tr0ub4dor!3"):
        assert clean_text(f"x {name}={value} y") == f"x {name}={MASK} y"
    for text in (
        "pw=1024",
        "pw=0.5",
        "pw: 3",
        "pw=/root/code1",
        "pw=plane",
        "pw_loss=0.13",
        "step pw=1.5e-3",
        "pw=100ms",
    ):
        assert clean_text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("machine api.wandb.ai login user password swordfish", "machine api.wandb.ai login user password ***"),
        ("default\n  login u\n  password swordfish\n", "default\n  login u\n  password ***\n"),
        ("CREATE USER a IDENTIFIED BY 'swordfish'", "CREATE USER a IDENTIFIED BY '***'"),
        ("identified by 'hunter22'", "identified by '***'"),
        ("ALTER USER a WITH PASSWORD 'swordfish'", "ALTER USER a WITH PASSWORD '***'"),
        ("echo hunter22 | docker login -u a --password-stdin r", "echo *** | docker login -u a --password-stdin r"),
        ("echo 'root:hunter22' | chpasswd", "echo '***' | chpasswd"),
        ("printf '%s\\n' hunter22|docker login --password-stdin", "printf '%s\\n' ***|docker login --password-stdin"),
        ("CONFIG SET requirepass hunter22", "CONFIG SET requirepass ***"),
        ("masterauth hunter22", "masterauth ***"),
        ("https://a.cn/cb?code=Zq7Wk9Xv2Ab4Cd6Ef8&state=x", "https://a.cn/cb?code=***&state=x"),
        ("password=hun,ter22", "password=***"),
        ("密码\\u003dhunter22", "密码\\u003d***"),
        ("密碼：hunter22 金鑰：Zq7Wk9Xv2Ab4", "密碼：*** 金鑰：***"),
        ("EnvVar(name='DB_PASSWORD', value='abc', x=1)", "EnvVar(name='DB_PASSWORD', value='***', x=1)"),
        ('<env name="DB_PASSWORD" value="abc"/>', '<env name="DB_PASSWORD" value="***"/>'),
        ('<property name="password">abc</property>', '<property name="password">***</property>'),
        ("name: DB_PASSWORD, value: abc", "name: DB_PASSWORD, value: ***"),
        ('"name":"DB_PASSWORD","val":"abc"', '"name":"DB_PASSWORD","val":"***"'),
        ("password:\n  hunter22\nb: c", "password:\n  ***\nb: c"),
        ('"password":\n  "hunter22",', '"password":\n  "***",'),
        ("password = \\\n  hunter22", "password = \\\n  ***"),
        (
            "password&#61;abc password%253Dabc password&equals;abc",
            "password&#61;*** password%253D*** password&equals;***",
        ),
        (
            "kubectl create secret generic a --from-literal=k=abc",
            "kubectl create secret generic a --from-literal=k=***",
        ),
        ("ssh-keygen -N abcdef -f k", "ssh-keygen -N *** -f k"),
        ("oss2.Auth(ak, 'Zq7Wk9Xv2Ab4Cd6Ef8Gh1Jk3')", "oss2.Auth(ak, '***')"),
        ("AWS_SECRET_ACCESS_KEY wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY", "AWS_SECRET_ACCESS_KEY ***"),
    ],
)
def test_r65_files_statements_and_pipes_that_carry_a_secret_are_known(text: str, shown: str) -> None:
    assert clean_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "objects identified by 'name'", "Login with password or key", "login with password failed",
        "requirepass directive",
        "echo $PW | docker login --password-stdin", "cat f | docker login --password-stdin", "echo $X|chpasswd",
        "https://a.cn/cb?code=200", "https://a.cn/cb?code=ERR_CONNECTION_REFUSED",
        "https://a.cn/cb?code=InvalidParameter",
        "f(password=, user=a1)", "token, value = get_token(value)", "password:\n  valueFrom:\n", "auth(a, 'name')",
        'else: return token\n    value = parse_value(v)', "secret\n  value = 1", "password:\n  minimum: 8",
        "machine learning login password policy",
        "return f'machine {host} login {self.user} password {self.password}'",
    ],
)  # fmt: skip
def test_r65_words_like_those_of_such_files_stay(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "next token: 'world'", "next token: world", 'predicted token: "hello"', "generated token: Paris",
        "SyntaxError: Unexpected token: 'else'", "unexpected token: else", "Stop token: 'Observation'",
        "last token: cat",
        "sk-image-registration-pipeline", "pip install sk-learn-contrib-extensions",
        "sk-learn-1-5-2-py310-manylinux2014",
        "pypi-mirror-for-internal-use-packages", "pullSecret: regcred", "imagePullSecret: regcred",
        "imagePullSecrets: my-reg",
        "existingSecret: db-credentials", "tokenSecretRef: abc", "secretKeyRef: my-secret",
    ],
)  # fmt: skip
def test_r65_words_of_models_packages_and_kubernetes_stay(text: str) -> None:
    assert clean_text(text) == text


def test_r65_random_values_stay_masked_where_words_do_not() -> None:
    for _ in range(50):
        value = drawn(24)
        for form in ("next token: {}", "sk-{}", "sk-svc-{}", "pypi-{}", "pullSecret: {}", "sk-{}-end"):
            assert value not in clean_text(form.format(value))


def test_values_drawn_at_random_are_known_for_it_and_names_with_versions_are_not() -> None:
    for letters, chars, least in ((LETTERS, 20, 0.9), (LETTERS, 40, 0.99), ("0123456789abcdef", 32, 0.98)):
        values = ["".join(DRAW.choices(letters, k=chars)) for _ in range(500)]
        assert sum(is_random(value, 16) for value in values) >= least * 500
        assert sum(map(has_random_part, values)) >= least * 500
        assert not any(map(is_of_words, values))
    assert not is_password_like("hunt2")
    assert not is_password_like("hunter" * 11 + "2")
    assert is_password_like("hunte2")


@pytest.mark.parametrize(
    "words",
    [
        "the token is expired, refreshing it", "next token: 'world'", "key=dataset/imagenet/train-00001-of-01024.tar",
        "password for user root is wrong", "(using password: YES)", "generating token 12/512",
        "token 151643 is <pad>",
        "pip install sk-learn-contrib-extensions",
    ],
)  # fmt: skip
def test_r65_a_log_with_such_words_in_every_line_stays_readable(words: str) -> None:
    lines = [
        f"2026-11-25 12:00:{number % 60:02d},123 INFO trainer.py:321 step {number}: {words}" for number in range(2_000)
    ]
    assert clean_text("\n".join(lines)).split("\n") == lines
