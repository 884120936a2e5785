package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.Suggestion;
import io.metalimages.dockerfile.patterns.CleanPath;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.MountSpecification;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/** Reads mount specifications. Each use reads one. */
public final class MountParser {

    private enum Type {
        BIND,
        CACHE,
        TMPFS,
        SECRET,
        SSH
    }

    private enum Key {
        TYPE("type"),
        FROM("from"),
        SOURCE("source"),
        TARGET("target"),
        READ_ONLY("readonly"),
        READ_WRITE("readwrite"),
        ID("id"),
        SHARING("sharing"),
        REQUIRED("required"),
        SIZE("size"),
        MODE("mode"),
        UID("uid"),
        GID("gid"),
        ENV("env");

        private final String spelling;

        Key(String spelling) {
            this.spelling = spelling;
        }

        boolean isFor(Type type) {
            return switch (this) {
                case TYPE, TARGET, READ_ONLY -> true;
                case READ_WRITE -> type == Type.BIND || type == Type.CACHE || type == Type.TMPFS;
                case FROM -> type == Type.BIND || type == Type.CACHE;
                case SOURCE -> type == Type.BIND || type == Type.CACHE || type == Type.SECRET;
                case ID, MODE, UID, GID -> type == Type.CACHE || type == Type.SECRET || type == Type.SSH;
                case SHARING -> type == Type.CACHE;
                case REQUIRED -> type == Type.SECRET || type == Type.SSH;
                case SIZE -> type == Type.TMPFS;
                case ENV -> type == Type.SECRET;
            };
        }
    }

    private static final int OCTAL = 8;
    private static final int DECIMAL = 10;
    private static final int MOST_PERMISSIONS = 07777;
    private static final long MOST_ID = 0xFFFF_FFFFL;

    private final String text;
    private final UnaryOperator<String> expansion;
    private final SourceRange range;
    private final Map<Key, String> values = new EnumMap<>(Key.class);

    /**
     * Reads the value of a {@code --mount} flag.
     *
     * @param text the value as {@link Instruction.Run#mounts()} has it
     * @param expansion expands variables; applied to the value of each key, after the keys are told apart, so that no
     *     value can add a key
     * @param range where the instruction stands, for messages
     * @throws DockerfileException if a key or value is unknown, missing, or not for this type of mount
     */
    public static MountSpecification parse(String text, UnaryOperator<String> expansion, SourceRange range) {
        return new MountParser(text, expansion, range).parse();
    }

    private MountParser(String text, UnaryOperator<String> expansion, SourceRange range) {
        this.text = text;
        this.expansion = expansion;
        this.range = range;
    }

    /** Reports what is wrong whatever the variables turn out to be. */
    static void check(String text, SourceRange range) {
        if (text.indexOf('$') < 0) {
            MountParser.parse(text, UnaryOperator.identity(), range);
            return;
        }
        MountParser parser = new MountParser(text, UnaryOperator.identity(), range);
        parser.readFields();
        String from = parser.text(Key.FROM).orElse("");
        if (from.indexOf('$') >= 0) {
            throw parser.fault(
                    "The mount's from=" + Excerpt.of(from)
                            + " has a variable, but which stages a build needs is settled "
                            + "before variables are known.",
                    "Declare the variable with a global ARG, add a stage FROM it, and mount from that stage.");
        }
    }

    MountSpecification parse() {
        readFields();
        Type type = type();
        for (Key key : values.keySet()) {
            if (!key.isFor(type)) {
                throw fault(
                        "A mount of the type " + spelling(type) + " has no key " + key.spelling + ".",
                        "Take it out, or give another type.");
            }
        }
        return switch (type) {
            case BIND -> new MountSpecification.Bind(target(), text(Key.FROM), source(), readOnly(true));
            case CACHE -> cache();
            case TMPFS -> new MountSpecification.Tmpfs(target(), size(), readOnly(false));
            case SECRET -> secret();
            case SSH ->
                new MountSpecification.Ssh(
                        text(Key.ID).orElse("default"),
                        text(Key.TARGET),
                        required(),
                        mode(),
                        numericId(Key.UID),
                        numericId(Key.GID));
        };
    }

    private void readFields() {
        for (String field : CommaSeparated.fields(text, range)) {
            KeyAndValue parts = KeyAndValue.of(field);
            Key key = key(parts.key());
            values.put(key, value(key, parts));
            if (key == Key.READ_ONLY || key == Key.READ_WRITE) {
                values.remove(key == Key.READ_ONLY ? Key.READ_WRITE : Key.READ_ONLY);
            }
        }
    }

    private String value(Key key, KeyAndValue parts) {
        Optional<String> value = parts.value().map(expansion);
        if (key == Key.READ_ONLY || key == Key.READ_WRITE || key == Key.REQUIRED) {
            return value.orElse("true");
        }
        return value.orElseThrow(() ->
                fault("The key " + parts.key() + " of the mount has no value.", "Write " + parts.key() + "=VALUE."));
    }

    private Key key(String word) {
        String lowerCase = word.toLowerCase(Locale.ROOT);
        String spelling = switch (lowerCase) {
            case "src" -> "source";
            case "dst", "destination" -> "target";
            case "ro" -> "readonly";
            case "rw" -> "readwrite";
            default -> lowerCase;
        };
        return Arrays.stream(Key.values())
                .filter(key -> key.spelling.equals(spelling))
                .findFirst()
                .orElseThrow(() -> fault(
                        "A mount has no key " + Excerpt.of(word) + ".",
                        Suggestion.hint(
                                word,
                                Arrays.stream(Key.values())
                                        .map(key -> key.spelling)
                                        .toList())));
    }

    private Type type() {
        Optional<String> type = text(Key.TYPE);
        return type.isEmpty() ? Type.BIND : choice(type.get(), "type", Type.values());
    }

    private MountSpecification cache() {
        Optional<String> sharing = text(Key.SHARING);
        return new MountSpecification.Cache(
                target(),
                text(Key.ID).orElseGet(() -> CleanPath.of(target())),
                sharing.isEmpty()
                        ? MountSpecification.Sharing.SHARED
                        : choice(sharing.get(), "sharing", MountSpecification.Sharing.values()),
                text(Key.FROM),
                source(),
                mode(),
                numericId(Key.UID),
                numericId(Key.GID),
                readOnly(false));
    }

    private MountSpecification secret() {
        Optional<String> target = text(Key.TARGET);
        if (text(Key.ID).isPresent() && text(Key.SOURCE).isPresent()) {
            throw fault("The secret has both an id and a source, which are the same.", "Keep the id.");
        }
        String id = text(Key.ID)
                .or(() -> text(Key.SOURCE))
                .or(() -> target.map(CleanPath::lastName))
                .orElseThrow(() -> fault("The secret has no name.", "Add id=NAME."));
        Optional<String> variable = text(Key.ENV);
        return new MountSpecification.Secret(
                id,
                target.isPresent() || variable.isPresent()
                        ? target
                        : Optional.of("/run/secrets/" + CleanPath.lastName(id)),
                variable,
                required(),
                mode(),
                numericId(Key.UID),
                numericId(Key.GID));
    }

    /** The value of a key; an empty one counts as none. */
    private Optional<String> text(Key key) {
        return Optional.ofNullable(values.get(key)).filter(value -> !value.isEmpty());
    }

    private String target() {
        return text(Key.TARGET).orElse("");
    }

    private String source() {
        return text(Key.SOURCE).orElse("");
    }

    private boolean readOnly(boolean otherwise) {
        if (values.containsKey(Key.READ_WRITE)) {
            return !truth(Key.READ_WRITE);
        }
        return values.containsKey(Key.READ_ONLY) ? truth(Key.READ_ONLY) : otherwise;
    }

    private boolean required() {
        return values.containsKey(Key.REQUIRED) && truth(Key.REQUIRED);
    }

    private boolean truth(Key key) {
        return new KeyAndValue(key.spelling, Optional.ofNullable(values.get(key))).truth(range);
    }

    private OptionalInt mode() {
        OptionalLong mode = number(Key.MODE, OCTAL, MOST_PERMISSIONS, "Write the permissions in octal, such as 0755.");
        return mode.isPresent() ? OptionalInt.of((int) mode.getAsLong()) : OptionalInt.empty();
    }

    private OptionalLong numericId(Key key) {
        return number(key, DECIMAL, MOST_ID, "Write a number such as 1000; names are not known here.");
    }

    private OptionalLong number(Key key, int base, long most, String hint) {
        Optional<String> value = text(key);
        if (value.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            long number = Long.parseLong(value.get(), base);
            if (number >= 0 && number <= most) {
                return OptionalLong.of(number);
            }
        } catch (NumberFormatException _) {
            // Said below, as for a number out of range.
        }
        throw fault("The mount's " + key.spelling + " can't be " + Excerpt.of(value.get()) + ".", hint);
    }

    private OptionalLong size() {
        Optional<String> size = text(Key.SIZE);
        if (size.isEmpty()) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(ByteSize.parse(size.get())
                .orElseThrow(() -> fault(
                        "The mount's size can't be " + Excerpt.of(size.get()) + ".",
                        "Write a number of bytes, or one with a unit, such as 64m or 1g.")));
    }

    private <E extends Enum<E>> E choice(String word, String what, E[] constants) {
        return Arrays.stream(constants)
                .filter(constant -> constant.name().equalsIgnoreCase(word))
                .findFirst()
                .orElseThrow(() -> fault(
                        "The mount's " + what + " can't be " + Excerpt.of(word) + ".",
                        Suggestion.hint(
                                word,
                                Arrays.stream(constants)
                                        .map(MountParser::spelling)
                                        .toList())));
    }

    private static String spelling(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private DockerfileException fault(String problem, String hint) {
        return new DockerfileException(range, problem, hint);
    }
}
