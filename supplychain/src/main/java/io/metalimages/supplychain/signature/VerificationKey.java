package io.metalimages.supplychain.signature;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An Ed25519 key (RFC 8032) that proves who signed. Immutable.
 *
 * @param id the SHA-256 of the key in the form in which PEM files have it, SubjectPublicKeyInfo
 */
public record VerificationKey(PublicKey key, String id) {

    static final String ALGORITHM = "Ed25519";
    private static final String LABEL = "PUBLIC KEY";

    static VerificationKey of(PublicKey key) {
        return new VerificationKey(key, Digest.of(key.getEncoded()).hex());
    }

    /**
     * Reads the keys in a PEM file (RFC 7468), as {@code openssl pkey -pubout} writes it.
     *
     * @param origin how messages call it
     * @throws FaultException if it holds none, or one of another kind. Its text is not in the message
     */
    public static List<VerificationKey> parse(String pem, String origin) {
        List<VerificationKey> keys = new ArrayList<>();
        for (PemBlock block : PemBlock.parse(pem)) {
            if (!block.label().equals(LABEL)) {
                throw unusable(origin, "it holds a " + PemBlock.shown(block.label()), null);
            }
            try {
                keys.add(of(KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(block.content()))));
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                throw unusable(origin, "its key is not of the kind Ed25519", e);
            }
        }
        if (keys.isEmpty()) {
            throw unusable(origin, "it holds no key in PEM form", null);
        }
        return keys;
    }

    private static FaultException unusable(String origin, String reason, @Nullable Throwable cause) {
        return new FaultException(
                FaultException.Category.WRONG_INPUT,
                "Nothing can be verified with " + origin + ": " + reason + ".",
                "Give the public part of the key that images are signed with: openssl pkey -in key.pem -pubout",
                cause);
    }

    boolean verifies(byte[] message, byte[] signature) {
        try {
            Signature verifier = Signature.getInstance(ALGORITHM);
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(signature);
        } catch (GeneralSecurityException notASignature) {
            return false;
        }
    }
}
