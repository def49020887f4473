def test_the_real_password_hasher_is_argon2_with_modest_memory() -> None:
    from client.accounts.hashers import ModestArgon2PasswordHasher

    hasher = ModestArgon2PasswordHasher()
    encoded = hasher.encode("gamelan-at-midnight", hasher.salt())
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert hasher.verify("gamelan-at-midnight", encoded)
    assert not hasher.verify("gamelan-at-noon", encoded)
