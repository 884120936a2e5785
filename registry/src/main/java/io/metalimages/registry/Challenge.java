package io.metalimages.registry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One way to show who one is that a server offers in {@code WWW-Authenticate}, see RFC 9110, section 11.
 *
 * @param scheme in lower case
 * @param parameters by their names in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {

    Challenge {
        parameters = Map.copyOf(parameters);
    }

    Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name)).filter(value -> !value.isEmpty());
    }

    /** The challenges in one header; what cannot be understood ends it. */
    static List<Challenge> parse(String header) {
        return new Parser(header).challenges();
    }

    private static final class Parser {

        private final String text;
        private int position;

        Parser(String text) {
            this.text = text;
        }

        List<Challenge> challenges() {
            List<Challenge> challenges = new ArrayList<>();
            skip(" \t,");
            while (position < text.length()) {
                String scheme = token();
                if (scheme.isEmpty()) {
                    break;
                }
                skip(" \t");
                challenges.add(new Challenge(scheme.toLowerCase(Locale.ROOT), parameters()));
                skip(" \t,");
            }
            return challenges;
        }

        private Map<String, String> parameters() {
            Map<String, String> parameters = new HashMap<>();
            while (true) {
                int before = position;
                String name = token();
                skip(" \t");
                if (name.isEmpty() || !takes('=')) {
                    position = before; // the next scheme, or the end
                    return parameters;
                }
                skip(" \t");
                String value = takes('"') ? quoted() : token();
                parameters.putIfAbsent(name.toLowerCase(Locale.ROOT), value);
                skip(" \t");
                if (!takes(',')) {
                    return parameters;
                }
                skip(" \t,");
            }
        }

        private String quoted() {
            StringBuilder value = new StringBuilder();
            while (position < text.length()) {
                char next = text.charAt(position++);
                if (next == '"') {
                    break;
                }
                if (next == '\\' && position < text.length()) {
                    next = text.charAt(position++);
                }
                value.append(next);
            }
            return value.toString();
        }

        private String token() {
            int start = position;
            while (position < text.length() && " \t,=\"".indexOf(text.charAt(position)) < 0) {
                position++;
            }
            return text.substring(start, position);
        }

        private boolean takes(char wanted) {
            if (position < text.length() && text.charAt(position) == wanted) {
                position++;
                return true;
            }
            return false;
        }

        private void skip(String characters) {
            while (position < text.length() && characters.indexOf(text.charAt(position)) >= 0) {
                position++;
            }
        }
    }
}
