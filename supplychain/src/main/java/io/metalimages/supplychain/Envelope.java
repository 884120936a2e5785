package io.metalimages.supplychain;

import io.metalimages.common.FaultException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A statement with signatures of it, in the form of DSSE (github.com/secure-systems-lab/dsse, version 1.0.2), one line of
 * JSON: the file {@code provenance.intoto.jsonl} beside an image. What is signed is the statement together with its type.
 *
 * @param payload the statement's bytes in Base64
 */
record Envelope(String payload, List<Signed> signatures) {

    private static final Pattern KEY_ID = Pattern.compile("[0-9a-f]{64}");

    /**
     * A signature, and which key it is by.
     *
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

    /** The first of the keys by which a signature of the statement is. */
    Optional<VerificationKey> signedBy(List<VerificationKey> keys) {
        byte[] signed = preAuthenticationEncoding(statement());
        return keys.stream()
                .filter(key -> signatures.stream()
                        .anyMatch(signature -> signature.keyId().equals(key.id())
                                && key.verifies(signed, Base64.getDecoder().decode(signature.signature()))))
                .findFirst();
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
     * Reads what {@link #toJson} wrote, and nothing that differs from that in a single byte.
     *
     * @param origin how messages call it
     * @throws FaultException if it is none
     */
    static Envelope parse(byte[] json, String origin) {
        try {
            JsonNode root = JsonMapper.shared().readTree(json);
            List<Signed> signatures = new ArrayList<>();
            for (JsonNode signature : root.path("signatures")) {
                signatures.add(new Signed(
                        signature.path("keyid").asString(""),
                        canonical(signature.path("sig").asString(""))));
            }
            Envelope envelope = new Envelope(canonical(root.path("payload").asString("")), signatures);
            boolean named = signatures.stream()
                    .allMatch(signature -> KEY_ID.matcher(signature.keyId()).matches());
            if (signatures.isEmpty() || !named || !Arrays.equals(envelope.toJson(), json)) {
                throw damaged(origin, null);
            }
            return envelope;
        } catch (JacksonException | IllegalArgumentException e) {
            throw damaged(origin, e);
        }
    }

    /** The same bytes have several forms in Base64, of which one is written. */
    private static String canonical(String base64) {
        return Base64.getEncoder().encodeToString(Base64.getDecoder().decode(base64));
    }

    private static FaultException damaged(String origin, @Nullable Throwable cause) {
        return FaultException.failed(origin + " is not in the form in which signatures are written.", cause);
    }
}
