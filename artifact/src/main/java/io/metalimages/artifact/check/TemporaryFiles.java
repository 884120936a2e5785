package io.metalimages.artifact.check;

import io.metalimages.artifact.tar.ImageTree;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code systemd-tmpfiles --create --boot} makes of the owners and modes of files that are there already, by
 * tmpfiles.d(5): which lines count, in which order they are applied, and what each type does. What creates, writes or
 * removes files is of no interest here.
 */
final class TemporaryFiles {

    /** Is told what a line does to a file. */
    interface Effect {

        void owner(String path, long owner, String place);

        void group(String path, long group, String place);

        /** Sets the permissions, with setuid, setgid and sticky. */
        void mode(String path, int mode, String place);

        /** The mode that the file has by now. */
        int mode(String path);

        /** Extended attributes of the name, or an access list if it is empty. */
        void attribute(String path, String name, String place);
    }

    private static final String DIRECTORY = "tmpfiles.d";

    /** Types that may create the file themselves, of which only one for a path counts. */
    private static final String CREATING = "fFdDvqQpLcbC";

    /** Types whose paths are patterns. */
    private static final String MATCHING = "wemzZtTaAhH";

    private static final String SETTING_PERMISSIONS = "fFdDvqQCwemzZ";

    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");

    private static final Map<String, String> SPECIFIERS = Map.of(
            "%%",
            "%",
            "%t",
            "/run",
            "%S",
            "/var/lib",
            "%C",
            "/var/cache",
            "%L",
            "/var/log",
            "%T",
            "/tmp",
            "%V",
            "/var/tmp",
            "%h",
            "/root");

    /**
     * One line.
     *
     * @param type its letter, without modifiers
     * @param mode octal digits with the signs before them, or a hyphen
     */
    private record Item(
            char type,
            boolean appending,
            String path,
            String mode,
            String user,
            String group,
            String argument,
            String place) {

        boolean isPattern() {
            return MATCHING.indexOf(type) >= 0;
        }
    }

    private final ImageTree tree;
    private final Accounts users;
    private final Accounts groups;
    private final Map<String, List<Item>> creating = new LinkedHashMap<>();
    private final Map<String, List<Item>> matching = new LinkedHashMap<>();
    private final Set<String> created = new HashSet<>();

    private TemporaryFiles(ImageTree tree, Accounts users, Accounts groups) {
        this.tree = tree;
        this.users = users;
        this.groups = groups;
    }

    /** Whether the content of the file at {@code path} is needed for {@link #apply}. */
    static boolean needs(String path) {
        return DropIns.includes(path, DIRECTORY);
    }

    /** Tells {@code effect} what the lines in the image do. */
    static void apply(ImageTree tree, Accounts users, Accounts groups, Effect effect) {
        TemporaryFiles files = new TemporaryFiles(tree, users, groups);
        for (DropIns.Line line : DropIns.lines(tree, DIRECTORY)) {
            files.parse(line).ifPresent(files::add);
        }
        files.apply(effect);
    }

    private Optional<Item> parse(DropIns.Line line) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(line.text());
        while (matcher.find()) {
            words.add(
                    matcher.group(1) != null
                            ? matcher.group(1)
                            : matcher.group(2) != null ? matcher.group(2) : matcher.group(3));
        }
        while (words.size() < 7) {
            words.add("-");
        }
        String type = words.get(0);
        String path = expanded(words.get(1));
        boolean needsCredential = type.indexOf('^') >= 0;
        if (path.contains("%") || !path.startsWith("/") || needsCredential) {
            return Optional.empty();
        }
        return Optional.of(new Item(
                type.charAt(0),
                type.indexOf('+') >= 0,
                path.substring(1).replaceAll("/+", "/").replaceAll("/$", ""),
                words.get(2),
                words.get(3),
                words.get(4),
                String.join(" ", words.subList(6, words.size())),
                line.place()));
    }

    private static String expanded(String path) {
        String expanded = path;
        for (Map.Entry<String, String> specifier : SPECIFIERS.entrySet()) {
            expanded = expanded.replace(specifier.getKey(), specifier.getValue());
        }
        return expanded;
    }

    private void add(Item item) {
        boolean taken = CREATING.indexOf(item.type()) >= 0 && !created.add(item.path());
        if (!taken || item.appending()) {
            (item.isPattern() ? matching : creating)
                    .computeIfAbsent(item.path(), path -> new ArrayList<>())
                    .add(item);
        }
    }

    private void apply(Effect effect) {
        Set<String> done = new HashSet<>();
        creating.keySet().forEach(path -> apply(creating, path, effect, done));
        done.clear();
        matching.keySet().forEach(path -> apply(matching, path, effect, done));
    }

    /** Applies the lines for a path after those for the directories above it. */
    private void apply(Map<String, List<Item>> items, String path, Effect effect, Set<String> done) {
        if (!done.add(path)) {
            return;
        }
        for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
            if (items.containsKey(path.substring(0, slash))) {
                apply(items, path.substring(0, slash), effect, done);
                break;
            }
        }
        for (Item item : items.getOrDefault(path, List.of())) {
            for (String target : item.isPattern() ? matches(item.path()) : List.of(item.path())) {
                tree.resolveParent(target).ifPresent(found -> apply(item, found, effect));
            }
        }
    }

    private void apply(Item item, String path, Effect effect) {
        touch(item, path, effect);
        boolean recursive = "ZTAH".indexOf(item.type()) >= 0;
        if (recursive && tree.find(path).filter(ImageTree.Node::isDirectory).isPresent()) {
            tree.below(path).keySet().forEach(below -> touch(item, below, effect));
        }
    }

    private void touch(Item item, String path, Effect effect) {
        Optional<ImageTree.Node> node = tree.find(path);
        if (node.isEmpty() || node.get().isSymbolicLink()) {
            return;
        }
        switch (item.type()) {
            case 't', 'T' -> {
                for (String assignment : item.argument().split(" ")) {
                    effect.attribute(path, assignment.replaceFirst("=.*", ""), item.place());
                }
            }
            case 'a', 'A' -> effect.attribute(path, "", item.place());
            default -> {
                if (SETTING_PERMISSIONS.indexOf(item.type()) >= 0) {
                    setPermissions(item, path, node.get().isDirectory(), effect);
                }
            }
        }
    }

    private void setPermissions(Item item, String path, boolean directory, Effect effect) {
        // A colon means: only for what is created. A name that is unknown makes the whole line fail.
        Optional<OptionalLong> owner = number(item.user(), users);
        Optional<OptionalLong> group = number(item.group(), groups);
        if (owner.isEmpty() || group.isEmpty()) {
            return;
        }
        owner.get().ifPresent(number -> effect.owner(path, number, item.place()));
        group.get().ifPresent(number -> effect.group(path, number, item.place()));
        Matcher mode = Pattern.compile("([:~]*)([0-7]{1,5})").matcher(item.mode());
        if (mode.matches() && !mode.group(1).contains(":")) {
            int bits = Integer.parseInt(mode.group(2), 8) & 07777;
            effect.mode(
                    path,
                    mode.group(1).contains("~") ? masked(bits, effect.mode(path), directory) : bits,
                    item.place());
        }
    }

    /** Nothing if the name is unknown; an empty number if it is not to be changed. */
    private static Optional<OptionalLong> number(String name, Accounts accounts) {
        if (name.equals("-") || name.startsWith(":")) {
            return Optional.of(OptionalLong.empty());
        }
        OptionalLong number = accounts.find(name);
        return number.isEmpty() ? Optional.empty() : Optional.of(number);
    }

    /** What a tilde before the mode means. */
    private static int masked(int mode, int current, boolean directory) {
        int masked = mode;
        for (int bits : new int[] {0111, 0222, 0444}) {
            if ((current & bits) == 0) {
                masked &= ~bits;
            }
        }
        return directory ? masked : masked & 0777;
    }

    private List<String> matches(String pattern) {
        int special = firstSpecial(pattern);
        if (special < 0) {
            return List.of(pattern);
        }
        int slash = pattern.lastIndexOf('/', special);
        Optional<String> directory = slash < 0 ? Optional.of("") : tree.resolve(pattern.substring(0, slash));
        Optional<GlobPattern> glob = GlobPattern.parse(pattern.substring(slash + 1));
        if (directory.isEmpty() || glob.isEmpty()) {
            return List.of();
        }
        int start = directory.get().isEmpty() ? 0 : directory.get().length() + 1;
        return tree.below(directory.get()).keySet().stream()
                .filter(path -> glob.get().matches(path.substring(start)))
                .toList();
    }

    private static int firstSpecial(String pattern) {
        for (int i = 0; i < pattern.length(); i++) {
            if ("*?[{\\".indexOf(pattern.charAt(i)) >= 0) {
                return i;
            }
        }
        return -1;
    }
}
