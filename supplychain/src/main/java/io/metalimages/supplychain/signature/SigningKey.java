package io.metalimages.supplychain.signature;

import io.metalimages.common.FaultException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;

/** An Ed25519 key (RFC 8032) to sign with. It is never shown. */
public final class SigningKey {

    private static final String LABEL = "PRIVATE KEY";

    private final PrivateKey key;
    private final VerificationKey verification;

    private SigningKey(PrivateKey key, VerificationKey verification) {
        this.key = key;
        this.verification = verification;
    }

    /**
     * Reads a key in PEM form and PKCS #8, as {@code openssl genpkey -algorithm ed25519} writes it.
     *
     * @param origin how messages call it
     * @throws FaultException if it is none. Nothing of its text is in the message
     */
    public static SigningKey parse(String pem, String origin) {
        List<PemBlock> blocks = PemBlock.parse(pem);
        if (blocks.size() != 1) {
            throw unusable(origin, blocks.isEmpty() ? "it holds no key in PEM form" : "it holds several");
        }
        PemBlock block = blocks.getFirst();
        if (!block.label().equals(LABEL)) {
            throw unusable(origin, "it holds a " + PemBlock.shown(block.label()));
        }
        try {
            PrivateKey key = KeyFactory.getInstance(VerificationKey.ALGORITHM)
                    .generatePrivate(new PKCS8EncodedKeySpec(block.content()));
            SigningKey pair = new SigningKey(key, VerificationKey.of(publicPart((EdECPrivateKey) key)));
            byte[] probe = LABEL.getBytes(StandardCharsets.US_ASCII);
            if (!pair.verification.verifies(probe, pair.sign(probe))) {
                throw new IllegalStateException("the public part of a key could not be found");
            }
            return pair;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw unusable(origin, "its key is not of the kind Ed25519");
        }
    }

    /** A pair is made from its private part alone, which is what the generator takes from chance. */
    private static PublicKey publicPart(EdECPrivateKey key) throws GeneralSecurityException {
        byte[] seed = key.getBytes().orElseThrow();
        KeyPairGenerator generator = KeyPairGenerator.getInstance(VerificationKey.ALGORITHM);
        generator.initialize(NamedParameterSpec.ED25519, new SecureRandom() {
            private static final long serialVersionUID = 1L;

            @Override
            public void nextBytes(byte[] bytes) {
                System.arraycopy(seed, 0, bytes, 0, bytes.length);
            }
        });
        return generator.generateKeyPair().getPublic();
    }

    /** Without a cause: what the library says of a key may hold a part of it. */
    private static FaultException unusable(String origin, String reason) {
        return new FaultException(
                FaultException.Category.WRONG_INPUT,
                "Nothing can be signed with " + origin + ": " + reason + ".",
                "Make a key: openssl genpkey -algorithm ed25519 -out key.pem",
                null);
    }

    /** The part of it that may be shown to everybody. */
    public VerificationKey verification() {
        return verification;
    }

    byte[] sign(byte[] message) {
        try {
            Signature signer = Signature.getInstance(VerificationKey.ALGORITHM);
            signer.initSign(key);
            signer.update(message);
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform signs with Ed25519", e);
        }
    }
}
