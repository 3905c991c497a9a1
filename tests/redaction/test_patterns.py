"""What looks like a secret in a text is masked, and what only resembles one stays readable."""

from __future__ import annotations

import time

import pytest

from pai_dlc_mcp.redaction.engine import MASK, clean_text

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nq83vEjRWeJA=\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("id LTAI5tGkExample01234 end", "id *** end"),
        ("idLTAI5tGkExample01234", "id***"),
        ("sts STS.NUgYrLnoC37mZZCNnAbez", "sts ***"),
        ("aws AKIAIOSFODNN7EXAMPLE", "aws ***"),
        ("aws ASIAIOSFODNN7EXAMPLE", "aws ***"),
        ("pypi-abcdefghijklmnopqrstuvwx", "***"),
        ("ghp_abcdefghijklmnopqrst0123", "***"),
        ("github_pat_11ABCDEFG0123456789_abc", "***"),
        ("glpat-abcdefghij0123456789", "***"),
        ("hf_abcdefghijklmnopqrstuvwx", "***"),
        ("sk-proj-abcdefghijklmnop", "***"),
        ("xoxb-1234567890-abcdef", "***"),
        ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "***"),
        ("npm_abcdefghijklmnopqrstuvwxyz", "***"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln end", "jwt *** end"),
        (f"key\n{PEM}\nend", "key\n***\nend"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEpAIB", "***"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----a-----END OPENSSH PRIVATE KEY-----b", "***b"),
        ("DB_PASSWORD=hunter2", "DB_PASSWORD=***"),
        ("MYSQL_PWD: 12345", "MYSQL_PWD: ***"),
        ("password = 'it is \\'quoted\\''", "password = '***'"),
        ('{"AccessKeySecret": "abc", "n": 1}', '{"AccessKeySecret": "***", "n": 1}'),
        ('"{\\"SecurityToken\\": \\"CAIS8gF1q6Ft\\", \\"n\\": 1}"', '"{\\"SecurityToken\\": \\"***\\", \\"n\\": 1}"'),
        ("export HF_TOKEN=abcd", "export HF_TOKEN=***"),
        ("api-key=>abc123def", "api-key=>***"),
        ("--password hunter2 --lr 0.1", "--password *** --lr 0.1"),
        ("--hf-token abcdef", "--hf-token ***"),
        ("--api-key=abcdef", "--api-key=***"),
        ("Authorization: Bearer abcdefgh12345", "Authorization: ***"),
        ('"Authorization: ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b;c,Signature=d" x', '"Authorization: ***" x'),
        ("got bearer abcdefgh12345", "got bearer ***"),
        ("Basic dXNlcjpwYXNzd29yZA", "Basic ***"),
        ("Basic QWxhZGRpbjpvcGVu==", "Basic ***"),
        ("Cookie: session=abcdef", "Cookie: ***"),
        ("mysql://root:pw@db/x", "mysql://***@db/x"),
        ("https://sixteencharacter@host", "https://***@host"),
        ("bearer sixteencharacter", "bearer ***"),
        ("https://abcdef0123456789abcdef@host/repo", "https://***@host/repo"),
        ("https://pai.example/t?token=abcdef0123&x=1", "https://pai.example/t?token=***&x=1"),
        ("https://b.oss/a?Expires=1&OSSAccessKeyId=x1y2&Signature=a%2Bb", "https://b.oss/a?Expires=1&OSSAccessKeyId=***&Signature=***"),
        ("pass\u200bword=hunter2", "password=***"),
        ("LTAI5t\x1b[0mGkExample01234", "***"),
        ("os.environ['HF_TOKEN'] = 'abcd1234'", "os.environ['HF_TOKEN'] = '***'"),
        ('env["AK"]=f"abcd1234"', 'env["AK"]=f"***"'),
        ("os.environ.setdefault('API_KEY', 'abcd1234')", "os.environ.setdefault('API_KEY', '***')"),
        ('conf.set("db.password", "hunter22")', 'conf.set("db.password", "***")'),
        ("password: str = 'hunter2'", "password: str = '***'"),
        ("api_key: str | None = 'abc', x: int", "api_key: str | None = '***', x: int"),
        ("token: Optional[str] = 'abcd'", "token: Optional[str] = '***'"),
        ('if password == "hunter2":', 'if password == "***":'),
        ("password==hunter2", "password=***"),
        ("password = b'hunter2'", "password = b'***'"),
        ('"password" : hunter2 x', '"password" : *** x'),
        ("- name: DB_PASSWORD\n  value: hunter2\n- name: b", "- name: DB_PASSWORD\n  value: ***\n- name: b"),
        ('- name: "DB_PASSWORD"\n  value: "hunter2"', '- name: "DB_PASSWORD"\n  value: "***"'),
        ("<name>accessKeySecret</name>\n<value>ab cd</value>", "<name>accessKeySecret</name>\n<value>***</value>"),
        ("SSHPASS=hunter2 sshpass -e ssh h", "SSHPASS=*** sshpass -e ssh h"),
        ("rclone --sftp-pass hunter2 x", "rclone --sftp-pass *** x"),
        ("curl --pass hunter2 x", "curl --pass *** x"),
        ("https://a/b?sv=1&sig=ab%2Bcd%3D12&x=1", "https://a/b?sv=1&sig=***&x=1"),
        (f"a ms-{'0a1b2c3d-' * 4} b", "a *** b"),
        (f"nvapi-{'aB3_' * 8} wandb_v1_{'aB3' * 8} ya29.{'aB3' * 8}", "*** *** ***"),
        (f"gsk_{'aB3d' * 8} tvly-{'aB3d' * 5} pplx-{'aB3d' * 8} dapi{'a1' * 16}", "*** *** *** ***"),
        (f"AKLT{'aB3d' * 8}", "***"),
        ("PASS: hunter2", "PASS: ***"),
    ],
)  # fmt: skip
def test_r65_what_looks_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert clean_text(text) == shown
    assert clean_text(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens: 4096 eos_token_id=2 token_acc: 0.98",
        "pad_token='<pad>' sep_token: \"[SEP]\" unk_token=unk",
        "tokenizer=gpt2 tokens=1000000 tokenized: yes",
        "PWD=/root/code OLDPWD=/root",
        "loss=0.123 lr=1e-4 step 100/1000 eta 00:01:02",
        "git@github.com:team/repo.git ssh://git@host/repo",
        "https://fifteencharacte@host bearer fifteencharacte",
        "https://registry.cn-hangzhou.aliyuncs.com/pai/pytorch:2.1",
        "api_key_count: 3",
        "task-aaaaaaaaaaaaaaaaaaaa risk-bbbbbbbbbbbbbbbbbbbb",
        "torchrun --nproc_per_node 8 train.py --token-file /a",
        "keyboard secretary passenger basic training",
        "if password == expected: if token == self.eos_token:",
        "def f(user: str, password: str, token: Optional[str] = None, *, api_key: str | None = None, secret: bytes):",
        "names = ('token', 'password'); pair = ('password', 'username')",
        'MountVolume.SetUp failed for volume "default-token-ab1" : failed to sync secret cache',
        'MountVolume.SetUp failed for volume "my-secret" : secret "abc" not found',
        "size mismatch for model.token_embedding.weight: copying a param with shape",
        "token_ids=tensor token_embd: Embedding token_level: char token.logits: tensor",
        "--moe-token-dispatcher alltoall --two-pass on",
        "trained token=1.2B of 3.2T, token: 1_000_000 at token=1234K/s",
        "credential: not found, password: missing, api_key=invalid, cookie: disabled",
        "PASS: test_one PASS: TestTwo2 PASS: all",
        "- name: eos_token\n  value: 4096",
        "<name>dfs.token.file</name><value>/a/b</value>",
        "ms-0a1b2c3d 12ms-0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d0a1b",
    ],
)
def test_r65_what_only_resembles_a_secret_stays_readable(text: str) -> None:
    assert clean_text(text) == text


BODY = "Zq7Wk9Xv2Ab4Cd6Ef8Gh1Jk3"
SHAPES = (
    f"LTAI{BODY}", f"STS.{BODY}", f"AKIA{'A1B2' * 4}", f"ASIA{'A1B2' * 4}", f"ghp_{BODY}", f"github_pat_{BODY}",
    f"glpat-{BODY}", f"hf_{BODY}", f"npm_{BODY}", f"pypi-{BODY}", f"sk-{BODY}", f"xoxb-{BODY}", f"AIza{BODY}{BODY}",
    f"eyJ{BODY}.{BODY}.{BODY}",
)  # fmt: skip


@pytest.mark.parametrize(
    "name", ["password", "passwd", "passphrase", "pwd", "secret", "credential", "signature", "token", "api_key"]
)
def test_r65_what_stands_under_a_name_that_says_secret_is_masked(name: str) -> None:
    assert clean_text(f"x {name}={BODY} y") == f"x {name}={MASK} y"


@pytest.mark.parametrize("text", ["password=Xylophone", "token=XabX", "token=Xabcdefg"])
def test_r65_a_capital_x_is_a_letter_of_a_secret_like_any_other(text: str) -> None:
    assert clean_text(text) == f"{text.partition('=')[0]}={MASK}"


def test_r65_secrets_of_all_shapes_and_names_in_one_text_are_all_masked() -> None:
    assert clean_text(" ".join(SHAPES)) == " ".join([MASK] * len(SHAPES))
    names = ("password", "pwd", "secret", "api_key", "credential", "signature", "token")
    assert clean_text(" ".join(f"{name}={BODY}" for name in names)) == " ".join(f"{name}={MASK}" for name in names)


BEGIN, END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"a {BEGIN}\nMII\n{END} b {BEGIN}\nMIJ\n{END} c", f"a {MASK} b {MASK} c"),
        (f"a {END} b {BEGIN}\nMII\n{END} c", f"a {END} b {MASK} c"),
        (f"a {BEGIN}\nMII\nnever ended", f"a {MASK}"),
        (f"a {BEGIN}\nMII {BEGIN}\nMIJ\n{END} c", f"a {MASK} c"),
    ],
)
def test_r65_every_private_key_is_masked_to_its_own_end(text: str, shown: str) -> None:
    assert clean_text(text) == shown


HOSTILE = {
    "letters": "a" * 500_000,
    "dashes": "-" * 500_000,
    "key beginnings": "-----BEGIN PRIVATE KEY-----" * 20_000,
    "password": "password" * 60_000,
    "names": "password=" * 55_000,
    "open quotes": 'token="' * 70_000,
    "backslashes": 'password="' + "\\" * 500_000,
    "escapes": "\x1b[" * 250_000,
    "titles": "\x1b]" * 250_000,
    "addresses": "://a" * 120_000,
    "one address": "://" + "a" * 500_000,
    "web tokens": "eyJ" * 160_000,
    "one web token": "eyJ" + "a" * 500_000,
    "headers": "cookie: " * 60_000,
    "options": "--a-" * 120_000,
    "blanks": "secret" + " " * 500_000 + "=",
    "zero width": "\u200b" * 500_000,
}


MOST_GROWTH, LEAST_S = 40, 0.02
"""What ten times the text may cost at most, with room for noise: a square would cost a hundred times as much."""


def cost_s(text: str) -> float:
    """Processor seconds of masking this text with fifty known secrets, at least ``LEAST_S``."""
    begun = time.process_time()
    clean_text(text, {f"value-number-{number}" for number in range(50)})
    return max(LEAST_S, time.process_time() - begun)


@pytest.mark.parametrize("kind", HOSTILE)
def test_r65_masking_costs_in_proportion_to_the_text_whatever_it_is(kind: str) -> None:
    text = HOSTILE[kind]
    assert cost_s(text) < MOST_GROWTH * cost_s(text[: len(text) // 10])
