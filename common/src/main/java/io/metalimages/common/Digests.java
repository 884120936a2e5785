package io.metalimages.common;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The two digests that every Java platform has. */
public final class Digests {

    private Digests() {}

    public static MessageDigest md5() {
        return require("MD5");
    }

    public static MessageDigest sha256() {
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
