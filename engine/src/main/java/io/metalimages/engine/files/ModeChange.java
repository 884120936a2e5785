package io.metalimages.engine.files;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code --chmod} does to the mode of a file: permission bits in octal, {@code 0755}, or changes as chmod(1) has them,
 * {@code u=rwX,go-w}. Who is meant is everybody unless the change says otherwise; no umask applies.
 */
public final class ModeChange {

    private static final Pattern OCTAL = Pattern.compile("[0-7]+");
    private static final Pattern CLAUSE = Pattern.compile("([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)");
    private static final Pattern ACTION = Pattern.compile("([-+=])([rwxXst]*|[ugo])(?=[-+=]|$)");

    private static final int MOST_PERMISSIONS = 07777;
    private static final int SET_USER_ID = 04000;
    private static final int SET_GROUP_ID = 02000;
    private static final int STICKY = 01000;
    private static final int EXECUTE = 0111;
    private static final int NEW_DIRECTORY = 0755;

    private final String text;
    private final Optional<Integer> fixed;
    private final List<Action> actions;

    /**
     * One change.
     *
     * @param mask the bits of those who are meant
     * @param operator {@code + - =}
     * @param permissions letters
     */
    private record Action(int mask, char operator, String permissions) {

        /** @param original before the first change, which {@code X} looks at */
        int apply(int mode, int original, boolean directory) {
            int bits = bits(mode, operator == '-' || directory || (original & EXECUTE) != 0) & mask;
            return switch (operator) {
                case '+' -> mode | bits;
                case '-' -> mode & ~bits;
                default -> (mode & ~cleared()) | bits;
            };
        }

        private int cleared() {
            return permissions.indexOf('t') >= 0 ? mask : mask & ~STICKY;
        }

        private int bits(int mode, boolean executable) {
            int bits = 0;
            for (int position = 0; position < permissions.length(); position++) {
                bits |= switch (permissions.charAt(position)) {
                    case 'r' -> 0444;
                    case 'w' -> 0222;
                    case 'x' -> EXECUTE;
                    case 'X' -> executable ? EXECUTE : 0;
                    case 's' -> SET_USER_ID | SET_GROUP_ID;
                    case 't' -> STICKY;
                    case 'u' -> forEverybody(mode >> 6);
                    case 'g' -> forEverybody(mode >> 3);
                    default -> forEverybody(mode);
                };
            }
            return bits;
        }

        private static int forEverybody(int permissions) {
            return (permissions & 07) * 0111;
        }
    }

    private ModeChange(String text, Optional<Integer> fixed, List<Action> actions) {
        this.text = text;
        this.fixed = fixed;
        this.actions = List.copyOf(actions);
    }

    /** Reads a change; empty if it is none. */
    public static Optional<ModeChange> parse(String text) {
        if (OCTAL.matcher(text).matches()) {
            String digits = text.replaceFirst("^0+(?=.)", "");
            return digits.length() <= 4 && Integer.parseInt(digits, 8) <= MOST_PERMISSIONS
                    ? Optional.of(new ModeChange(text, Optional.of(Integer.parseInt(digits, 8)), List.of()))
                    : Optional.empty();
        }
        List<Action> actions = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher clause = CLAUSE.matcher(part);
            if (!clause.matches()) {
                return Optional.empty();
            }
            int mask = mask(clause.group(1));
            Matcher action = ACTION.matcher(clause.group(2));
            while (action.find()) {
                actions.add(new Action(mask, action.group(1).charAt(0), action.group(2)));
            }
        }
        return Optional.of(new ModeChange(text, Optional.empty(), actions));
    }

    private static int mask(String who) {
        if (who.isEmpty() || who.indexOf('a') >= 0) {
            return MOST_PERMISSIONS;
        }
        int mask = 0;
        mask |= who.indexOf('u') >= 0 ? STICKY | SET_USER_ID | 0700 : 0;
        mask |= who.indexOf('g') >= 0 ? STICKY | SET_GROUP_ID | 0070 : 0;
        mask |= who.indexOf('o') >= 0 ? 0007 : 0;
        return mask;
    }

    /** As it was written. */
    public String text() {
        return text;
    }

    /** The permission bits of a file that has {@code permissions}. */
    int apply(int permissions, boolean directory) {
        int mode = fixed.orElse(permissions);
        for (Action action : actions) {
            mode = action.apply(mode, permissions, directory);
        }
        return mode;
    }

    /** The permission bits of a directory that a copy makes on the way to its destination. */
    int ofNewDirectory() {
        return fixed.map(mode -> mode & NEW_DIRECTORY).orElse(NEW_DIRECTORY);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ModeChange change && change.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
