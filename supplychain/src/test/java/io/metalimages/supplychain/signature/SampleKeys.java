package io.metalimages.supplychain.signature;

import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/** The keys of RFC 8032, section 7.1, tests 1 and 2, as openssl writes them. */
final class SampleKeys {

    static final String PEM = privateKey("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    static final String OTHER_PEM = privateKey("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    static final String PUBLIC_PEM = publicKey("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");

    static final SigningKey KEY = SigningKey.parse(PEM, "a key");
    static final SigningKey OTHER = SigningKey.parse(OTHER_PEM, "another key");
    static final List<VerificationKey> TRUSTED = VerificationKey.parse(PUBLIC_PEM, "a public key");

    private SampleKeys() {}

    private static String privateKey(String seed) {
        return pem("PRIVATE KEY", "302e020100300506032b657004220420" + seed);
    }

    private static String publicKey(String key) {
        return pem("PUBLIC KEY", "302a300506032b6570032100" + key);
    }

    private static String pem(String label, String hex) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(hex)) + "\n-----END " + label
                + "-----\n";
    }
}
