"""What a value looks like by itself, and where a sentence's value begins and ends (R65), at their bounds."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.redaction.engine import MASK, clean_text
from pai_dlc_mcp.redaction.likeness import has_random_part, is_error_code, is_object_name, is_random, is_term

RANDOM = "k3J9xQ7mB2vT8wZ5"


@pytest.mark.parametrize(
    ("value", "is_so"),
    [
        (f"user-{RANDOM}", True), (f"{RANDOM}-user", True), (RANDOM, True), ("user-name-of-words", False),
        ("resnet-50-imagenet", False), (RANDOM[:7], False), (f"{RANDOM[:4]}-{RANDOM[4:8]}", False),
    ],
)  # fmt: skip
def test_r65_one_random_part_among_words_is_enough(value: str, is_so: bool) -> None:
    assert has_random_part(value) is is_so


@pytest.mark.parametrize("digest", ["md5", "sha1", "sha256", "sha512", "SHA256"])
def test_r65_a_digest_that_says_what_it_is_is_no_secret(digest: str) -> None:
    value = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
    assert is_random(value, 16)
    assert not is_random(f"{digest}:{value}", 16)
    assert not is_random(f"-{digest}={value}", 16)
    assert is_random(f"k{digest[1:]}{value}", 16)


@pytest.mark.parametrize(
    ("value", "is_so"),
    [("regcred", True), ("my-registry.v2", True), ("a", True), ("Reg_Cred", False), ("-a", False), ("a-", False),
     (f"secret-{RANDOM.lower()}", False), ("a" * 63, True), ("a" * 64, False)],
)  # fmt: skip
def test_r65_names_of_objects_are_those_of_kubernetes_and_not_random(value: str, is_so: bool) -> None:
    assert is_object_name(value) is is_so


def test_r65_codes_of_errors_and_terms_are_told_from_values() -> None:
    assert [is_error_code(one) for one in ("ORA-01017", "HTTP401", "E1", "ora-01017", "ORA-")] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert all(map(is_term, ("8-16", "base64", "sha-512", "3600s", "0x1f", "db1.internal", "2026-11-25")))
    assert not any(map(is_term, ("hunter22", "admin@123", RANDOM)))


@pytest.mark.parametrize("name", ["pullSecret", "pull_secret", "pull-secret", "imagePullSecrets", "existingSecret"])
def test_r65_the_name_of_an_object_that_holds_a_secret_stays_and_a_random_value_does_not(name: str) -> None:
    assert clean_text(f"{name}: regcred") == f"{name}: regcred"
    assert RANDOM not in clean_text(f"{name}: {RANDOM}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the password is 'abcd' now", f"the password is '{MASK}' now"),
        ("the password is 'abc' now", "the password is 'abc' now"),
        ("the passwords are hunter22", f"the passwords are {MASK}"),
        ("password=[\"hunter22\"] host=(a1-b2)", f"password=[\"{MASK}\"] host=(a1-b2)"),
        ("the password is &quot;hunter22&quot; here", f"the password is &quot;{MASK}&quot; here"),
        ("the password is &quot;required&quot; here", "the password is &quot;required&quot; here"),
        ("the password is \"required\" here", "the password is \"required\" here"),
        ("machine git.corp login ann password hunter22 ", f"machine git.corp login ann password {MASK} "),
        ("machine git.corp user ann password hunter22 ", f"machine git.corp user ann password {MASK} "),
        ("default login ann password hunter22 ", f"default login ann password {MASK} "),
        ("the password is \\u0022hunter22\\u0022 here", f"the password is \\u0022{MASK}\\u0022 here"),
        ("the password is \\x27hunter22\\x27 here", f"the password is \\x27{MASK}\\x27 here"),
        ("the password is &#34;hunter22&#34; here", f"the password is &#34;{MASK}&#34; here"),
        ("the password is &apos;hunter22&apos; here", f"the password is &apos;{MASK}&apos; here"),
        ("密码=sha256的 ok", "密码=sha256的 ok"),
        ("密码=hunter22的 ok", f"密码={MASK}的 ok"),
        ("密码=sha256 ok", f"密码={MASK} ok"),
        ('a = "b\ngetpass("Password: ")', 'a = "b\ngetpass("Password: ")'),
        ('a = "b" "Password: "hunter22', f'a = "b" "Password: "{MASK}'),
        ("password: ORA-01017", f"password: {MASK}"),
        ("password for ann: ORA-01017 invalid", "password for ann: ORA-01017 invalid"),
        ("the password is sha256?", "the password is sha256?"),
        ("the password is `hunter22.` here", f"the password is `{MASK}` here"),
        ("the password is utf-8!", "the password is utf-8!"),
        ("the password is hunter22!?", f"the password is {MASK}"),
        ("read_password('hunter22')", "read_password('hunter22')"),
        ("do my_password(hunter22)", "do my_password(hunter22)"),
        ("do mypassword(hunter22)", "do mypassword(hunter22)"),
        ("do (password(hunter22)", f"do (password({MASK})"),
        ("set_password('hunter22')", f"set_password('{MASK}')"),
    ],
)  # fmt: skip
def test_r65_the_value_of_a_sentence_goes_from_its_first_to_its_last_character(text: str, shown: str) -> None:
    assert clean_text(f"x {text}\ny") == f"x {shown}\ny"


@pytest.mark.parametrize("word", ["login", "user", "default login"])
def test_r65_a_login_may_begin_a_text(word: str) -> None:
    assert clean_text(f"{word} ann password hunter22") == f"{word} ann password {MASK}"


@pytest.mark.parametrize("name", ["session", "sessionid", "session_id", "session-id", "session.id", "sessionId",
                                  "sessionID", "SESSIONID"])  # fmt: skip
def test_r65_the_id_of_a_session_is_masked_where_it_is_random_and_stays_where_it_is_a_word(name: str) -> None:
    assert clean_text(f"x {name}={RANDOM} y") == f"x {name}={MASK} y"
    assert clean_text(f"x {name}=training-run y") == f"x {name}=training-run y"
    assert clean_text(f"x {name}s={RANDOM} y") == f"x {name}s={RANDOM} y"
