package io.metalimages.supplychain.signature;

import io.metalimages.common.FaultException;
import io.metalimages.supplychain.statement.Provenance;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A statement with signatures of it, in the form of DSSE (github.com/secure-systems-lab/dsse, version 1.0.2), one line of
 * JSON: the files {@code provenance.intoto.jsonl} and {@code test-result.intoto.jsonl} beside an image. What is signed is the statement together with its type.
 *
 * @param payload the statement's bytes in Base64
 */
record Envelope(String payload, List<Signed> signatures) {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final int MOST_SIGNATURES = 64;

    /**
     * A signature.
     *
     * @param keyId which key it claims to be by; empty if it does not say. It proves nothing
     * @param signature in Base64
     */
    record Signed(String keyId, String signature) {}

    Envelope {
        signatures = List.copyOf(signatures);
    }

    /** The statement, signed. */
    static Envelope sign(byte[] statement, SigningKey key) {
        Base64.Encoder encoder = Base64.getEncoder();
        return new Envelope(
                encoder.encodeToString(statement),
                List.of(new Signed(
                        key.verification().id(),
                        encoder.encodeToString(key.sign(preAuthenticationEncoding(statement))))));
    }

    /** The bytes that were signed. */
    byte[] statement() {
        return Base64.getDecoder().decode(payload);
    }

    /** DSSE's PAE: lengths are told, so that nothing can be taken for something else. */
    static byte[] preAuthenticationEncoding(byte[] statement) {
        ByteArrayOutputStream encoding = new ByteArrayOutputStream();
        encoding.writeBytes(
                ("DSSEv1 " + Provenance.TYPE.length() + " " + Provenance.TYPE + " " + statement.length + " ")
                        .getBytes(StandardCharsets.UTF_8));
        encoding.writeBytes(statement);
        return encoding.toByteArray();
    }

    /**
     * The keys by which the statement is signed, in the order of the signatures. Each key is tried with each signature:
     * what a signature says of its key is neither required nor trusted.
     */
    List<VerificationKey> signedBy(List<VerificationKey> keys) {
        byte[] signed = preAuthenticationEncoding(statement());
        return signatures.stream()
                .flatMap(signature -> signer(signature, signed, keys).stream())
                .distinct()
                .toList();
    }

    /** Signatures that are by none of the keys. */
    List<Signed> notSignedBy(List<VerificationKey> keys) {
        byte[] signed = preAuthenticationEncoding(statement());
        return signatures.stream()
                .filter(signature -> signer(signature, signed, keys).isEmpty())
                .toList();
    }

    /** Whether a signature is there more than once. */
    boolean hasDuplicates() {
        return signatures.stream().map(Signed::signature).distinct().count() < signatures.size();
    }

    private static Optional<VerificationKey> signer(Signed signature, byte[] signed, List<VerificationKey> keys) {
        byte[] bytes = Base64.getDecoder().decode(signature.signature());
        return keys.stream().filter(key -> key.verifies(signed, bytes)).findFirst();
    }

    /** The file's content. */
    byte[] toJson() {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("payloadType", Provenance.TYPE);
        root.put("payload", payload);
        ArrayNode array = root.putArray("signatures");
        signatures.forEach(
                signature -> array.addObject().put("keyid", signature.keyId()).put("sig", signature.signature()));
        return (JsonMapper.shared().writeValueAsString(root) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads an envelope, whoever wrote it: members that are not known, white space and signatures that do not name their key
     * are allowed.
     *
     * @param origin how messages call it
     * @throws FaultException if it is none
     */
    static Envelope parse(byte[] json, String origin) {
        try {
            JsonNode root = JSON.readTree(json);
            if (!root.path("payloadType").asString("").equals(Provenance.TYPE)) {
                throw damaged(origin, null);
            }
            List<Signed> signatures = new ArrayList<>();
            for (JsonNode signature : root.path("signatures")) {
                signatures.add(new Signed(
                        signature.path("keyid").asString(""),
                        standard(signature.path("sig").stringValue())));
            }
            if (signatures.isEmpty() || signatures.size() > MOST_SIGNATURES) {
                throw damaged(origin, null);
            }
            return new Envelope(standard(root.path("payload").stringValue()), signatures);
        } catch (JacksonException | IllegalArgumentException e) {
            throw damaged(origin, e);
        }
    }

    /** DSSE allows both alphabets of Base64, and the same bytes in several forms, of which one is kept. */
    private static String standard(String base64) {
        boolean forUrls = base64.indexOf('-') >= 0 || base64.indexOf('_') >= 0;
        Base64.Decoder decoder = forUrls ? Base64.getUrlDecoder() : Base64.getDecoder();
        return Base64.getEncoder().encodeToString(decoder.decode(base64));
    }

    private static FaultException damaged(String origin, @Nullable Throwable cause) {
        return FaultException.failed(origin + " is not in the form in which signatures are written.", cause);
    }
}
