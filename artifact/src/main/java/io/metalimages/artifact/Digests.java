package io.metalimages.artifact;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The two digests that every Java platform has. */
final class Digests {

    private Digests() {}

    static MessageDigest md5() {
        return require("MD5");
    }

    static MessageDigest sha256() {
        return require("SHA-256");
    }

    private static MessageDigest require(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }
}
