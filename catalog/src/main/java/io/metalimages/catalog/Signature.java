package io.metalimages.catalog;

import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Who signed an image's provenance: the first signature of a DSSE envelope (secure-systems-lab/dsse, version 1).
 *
 * @param key the id of the key; may be empty
 * @param value the signature, in Base64
 */
record Signature(String key, String value) {

    /** The signature in an envelope; empty if it has none that can be shown. */
    static Optional<Signature> in(byte[] envelope) {
        try {
            JsonNode first =
                    JsonMapper.shared().readTree(envelope).path("signatures").path(0);
            return Optional.of(new Signature(
                            first.path("keyid").asString(""), first.path("sig").asString("")))
                    .filter(signature -> !signature.value().isEmpty());
        } catch (JacksonException noEnvelope) {
            return Optional.empty();
        }
    }
}
