package io.metalimages.metalapi;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What shows to a metal-api who asks. No text that this program makes has the secret in it.
 *
 * <p>Its variables of the environment are those of metalctl.
 */
public sealed interface Authentication {

    /** The variable with an HMAC key. */
    String KEY_VARIABLE = "METALCTL_HMAC";

    /** The variable that says whose HMAC key it is. */
    String TYPE_VARIABLE = "METALCTL_HMAC_AUTH_TYPE";

    /** The variable with a token. */
    String TOKEN_VARIABLE = "METALCTL_API_TOKEN";

    /**
     * A key that metal-api has, too. It signs each request and is never sent.
     *
     * @param type whose key it is: {@code Metal-Admin}, {@code Metal-Edit} or {@code Metal-View}
     */
    record HmacKey(String type, String key) implements Authentication {

        private static final String USUAL_TYPE = "Metal-Admin";
        private static final String ALGORITHM = "HmacSHA256";
        private static final int SALT_BYTES = 16;
        private static final SecureRandom RANDOM = new SecureRandom();

        /** @throws FaultException if the key is empty, or the type is no word */
        public HmacKey {
            if (key.isEmpty()) {
                throw FaultException.wrongInput("The HMAC key is empty.", null);
            }
            if (!type.matches("[A-Za-z0-9_-]+")) {
                throw FaultException.wrongInput(
                        "The type of the HMAC key is not one word.",
                        "Set " + TYPE_VARIABLE + " to " + USUAL_TYPE + ".");
            }
        }

        @Override
        public Map<String, String> headers(String method, Instant now) {
            byte[] salt = new byte[SALT_BYTES];
            RANDOM.nextBytes(salt);
            return headers(method, now, HexFormat.of().formatHex(salt));
        }

        Map<String, String> headers(String method, Instant now, String salt) {
            String date = now.truncatedTo(ChronoUnit.SECONDS).toString();
            return Map.of(
                    "X-Date", date, "X-Data-Salt", salt, "Authorization", type + " " + signature(date + method + salt));
        }

        private String signature(String text) {
            try {
                Mac mac = Mac.getInstance(ALGORITHM);
                mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), ALGORITHM));
                return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("Every Java platform has " + ALGORITHM, e);
            }
        }

        @Override
        public String conceal(String text) {
            return text.replace(key, CONCEALED);
        }

        @Override
        public String toString() {
            return type + "'s HMAC key";
        }
    }

    /** What metal-api's identity provider gave out; whoever has it may act as its owner. */
    record Token(String token) implements Authentication {

        /** @throws FaultException if it is empty, or cannot be part of a request */
        public Token {
            if (token.isEmpty() || !token.chars().allMatch(character -> character > ' ' && character < 0x7f)) {
                throw FaultException.wrongInput(
                        "The token is empty, or has a space, a line break or a character that no token has.", null);
            }
        }

        @Override
        public Map<String, String> headers(String method, Instant now) {
            return Map.of("Authorization", "Bearer " + token);
        }

        @Override
        public String conceal(String text) {
            return text.replace(token, CONCEALED);
        }

        @Override
        public String toString() {
            return "a token";
        }
    }

    /** What stands where the secret would. */
    String CONCEALED = "[secret]";

    /**
     * The headers that a request gets.
     *
     * @param method of the request: {@code GET}
     * @param now what time it is; metal-api refuses an HMAC that is older than half a minute, or less
     */
    Map<String, String> headers(String method, Instant now);

    /** The text without the secret. */
    String conceal(String text);

    /**
     * The authentication that the user provides: a file, or else the environment; if that has a key and a token, the key.
     *
     * @param keyFile with an HMAC key in it; a line break at its end does not count
     * @param tokenFile with a token in it; likewise
     * @throws FaultException if there is none, or two files, or one that holds no secret
     * @throws IOException if a file cannot be read
     */
    static Authentication find(Map<String, String> environment, Optional<Path> keyFile, Optional<Path> tokenFile)
            throws IOException {
        if (keyFile.isPresent() && tokenFile.isPresent()) {
            throw FaultException.wrongInput("There is an HMAC key and a token.", "Give one of them.");
        }
        String type = Optional.ofNullable(environment.get(TYPE_VARIABLE))
                .filter(value -> !value.isEmpty())
                .orElse(HmacKey.USUAL_TYPE);
        if (keyFile.isPresent()) {
            return new HmacKey(type, secretIn(keyFile.get()));
        }
        if (tokenFile.isPresent()) {
            return new Token(secretIn(tokenFile.get()));
        }
        String key = environment.getOrDefault(KEY_VARIABLE, "");
        String token = environment.getOrDefault(TOKEN_VARIABLE, "");
        if (key.isEmpty() && token.isEmpty()) {
            throw FaultException.wrongInput(
                    "There is nothing to show to metal-api who asks.",
                    "Put an HMAC key into the variable " + KEY_VARIABLE + ", or a token into " + TOKEN_VARIABLE
                            + ", or either of them into a file.");
        }
        return key.isEmpty() ? new Token(token) : new HmacKey(type, key);
    }

    private static String secretIn(Path file) throws IOException {
        int longest = 64 << 10;
        try (InputStream input = Files.newInputStream(file)) {
            byte[] bytes = input.readNBytes(longest + 1);
            String secret = new String(bytes, StandardCharsets.UTF_8).replaceFirst("\\R\\z", "");
            if (secret.isEmpty() || bytes.length > longest) {
                throw FaultException.wrongInput(
                        file + (secret.isEmpty() ? " is empty" : " is too long") + ": it should hold a secret.", null);
            }
            return secret;
        }
    }
}
