package io.metalimages.store.object.gcs;

import io.metalimages.common.InputOutputReason;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.StoreException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * With what Google is asked for a token, found where Google's libraries look ("How Application Default Credentials works"):
 * the file that {@code GOOGLE_APPLICATION_CREDENTIALS} names, what {@code gcloud auth application-default login} left, the
 * account of the machine. No text of these has a secret in it.
 */
sealed interface GoogleCredentials {

    String SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";
    String REMEDY = "Set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account's key, log in by: gcloud auth "
            + "application-default login, or, for a bucket that everybody may use, say credentials=none.";

    /** How messages call them. */
    String name();

    /**
     * A service account's key (RFC 7523, "Using OAuth 2.0 for Server to Server Applications").
     *
     * @param server where a token is to be had
     */
    record ServiceAccount(String name, String email, String keyId, PrivateKey key, URI server)
            implements GoogleCredentials {

        private static final Duration LIFETIME = Duration.ofHours(1);

        /** What a token is asked for with. */
        Map<String, String> form(Instant now) {
            JsonMapper json = JsonMapper.shared();
            String header = json.writeValueAsString(json.createObjectNode()
                    .put("alg", "RS256")
                    .put("typ", "JWT")
                    .put("kid", keyId));
            String claims = json.writeValueAsString(json.createObjectNode()
                    .put("iss", email)
                    .put("scope", SCOPE)
                    .put("aud", server.toString())
                    .put("iat", now.getEpochSecond())
                    .put("exp", now.plus(LIFETIME).getEpochSecond()));
            String signed = base64(header.getBytes(StandardCharsets.UTF_8)) + "."
                    + base64(claims.getBytes(StandardCharsets.UTF_8));
            Map<String, String> form = new LinkedHashMap<>();
            form.put("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
            form.put("assertion", signed + "." + base64(signature(signed)));
            return form;
        }

        private byte[] signature(String text) {
            try {
                Signature signature = Signature.getInstance("SHA256withRSA");
                signature.initSign(key);
                signature.update(text.getBytes(StandardCharsets.US_ASCII));
                return signature.sign();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("a key that was read as one cannot sign", e);
            }
        }

        private static String base64(byte[] bytes) {
            return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** A person who logged in (RFC 6749, section 6). */
    record User(String name, String client, String clientSecret, String refreshToken, URI server)
            implements GoogleCredentials {

        Map<String, String> form() {
            Map<String, String> form = new LinkedHashMap<>();
            form.put("grant_type", "refresh_token");
            form.put("client_id", client);
            form.put("client_secret", clientSecret);
            form.put("refresh_token", refreshToken);
            return form;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** The account of this machine, where it is one of Google's. */
    record Machine(URI server) implements GoogleCredentials {

        @Override
        public String name() {
            return "the account of this machine";
        }
    }

    /**
     * Those that are to be taken here.
     *
     * @throws StoreException.Refused if they cannot be read or understood
     */
    static GoogleCredentials find(Map<String, String> environment) throws StoreException {
        String named = environment.getOrDefault("GOOGLE_APPLICATION_CREDENTIALS", "");
        if (!named.isEmpty()) {
            return read(Path.of(named));
        }
        Optional<Path> login = Optional.ofNullable(environment.get("CLOUDSDK_CONFIG"))
                .map(Path::of)
                .or(() -> Optional.ofNullable(environment.get("HOME")).map(home -> Path.of(home, ".config", "gcloud")))
                .map(directory -> directory.resolve("application_default_credentials.json"))
                .filter(Files::exists);
        if (login.isPresent()) {
            return read(login.get());
        }
        return new Machine(
                URI.create("http://" + environment.getOrDefault("GCE_METADATA_HOST", "metadata.google.internal")));
    }

    private static GoogleCredentials read(Path file) throws StoreException {
        JsonNode json;
        try {
            json = JsonMapper.shared().readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new StoreException.Refused(
                    "Google's credentials cannot be read: " + InputOutputReason.of(e) + ".", REMEDY, e);
        } catch (JacksonException e) {
            // Without what Jackson says: it may quote the file.
            throw unusable(file, "it is not JSON");
        }
        String name = "the credentials in " + file;
        String type = json.path("type").asString("");
        return switch (type) {
            case "service_account" ->
                new ServiceAccount(
                        name,
                        text(json, "client_email", file),
                        json.path("private_key_id").asString(""),
                        key(text(json, "private_key", file), file),
                        server(json, file));
            case "authorized_user" ->
                new User(
                        name,
                        text(json, "client_id", file),
                        text(json, "client_secret", file),
                        text(json, "refresh_token", file),
                        server(json, file));
            default ->
                throw unusable(
                        file,
                        "they are of the type \"" + ObjectKey.shown(type)
                                + "\", and only service_account and authorized_user are understood");
        };
    }

    private static String text(JsonNode json, String member, Path file) throws StoreException {
        String text = json.path(member).asString("");
        if (text.isEmpty()) {
            throw unusable(file, "they have no " + member);
        }
        return text;
    }

    private static URI server(JsonNode json, Path file) throws StoreException {
        String text = json.path("token_uri").asString("https://oauth2.googleapis.com/token");
        try {
            URI server = URI.create(text);
            if (server.getHost() != null
                    && ("https".equals(server.getScheme())
                            || ("http".equals(server.getScheme()) && GoogleConnection.isThisMachine(server)))) {
                return server;
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw unusable(file, "their token_uri is not the address of a server that is reached by https");
    }

    private static PrivateKey key(String text, Path file) throws StoreException {
        String begin = "-----BEGIN PRIVATE KEY-----";
        int start = text.indexOf(begin);
        int end = text.indexOf("-----END PRIVATE KEY-----");
        try {
            if (start >= 0 && end > start) {
                byte[] encoded = Base64.getMimeDecoder().decode(text.substring(start + begin.length(), end));
                return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(encoded));
            }
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // Told below, without the reason: it may quote the key.
        }
        throw unusable(file, "their private_key is not an RSA key in PKCS #8");
    }

    private static StoreException unusable(Path file, String reason) {
        return new StoreException.Refused(
                "Google's credentials in " + file + " cannot be used: " + reason + ".", REMEDY, null);
    }
}
