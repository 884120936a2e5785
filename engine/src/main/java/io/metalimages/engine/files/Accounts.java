package io.metalimages.engine.files;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.RootedPath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The users and groups of a root file system: its {@code /etc/passwd} and {@code /etc/group}. */
public final class Accounts {

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,10}");

    private final List<String[]> users;
    private final List<String[]> groups;

    private Accounts(List<String[]> users, List<String[]> groups) {
        this.users = users;
        this.groups = groups;
    }

    /**
     * A user and group by number.
     *
     * @param additionalGroups the groups that name the user as a member
     */
    public record Ids(int user, int group, List<Integer> additionalGroups) {
        public static final Ids ROOT = new Ids(0, 0, List.of());
    }

    /** Reads the accounts of {@code root}; a missing file means that there are none. */
    public static Accounts of(Path root) throws IOException {
        return new Accounts(
                records(RootedPath.resolve(root, "/etc/passwd")), records(RootedPath.resolve(root, "/etc/group")));
    }

    private static List<String[]> records(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return List.of();
        }
        List<String[]> records = new ArrayList<>();
        for (String line : Files.readString(file, StandardCharsets.ISO_8859_1).split("\n")) {
            String[] fields = line.split(":", -1);
            if (fields.length >= 4 && NUMBER.matcher(fields[2]).matches()) {
                records.add(fields);
            }
        }
        return records;
    }

    /**
     * The owner that {@code --chown} names: like {@link #find}, but a user by number alone stands for the group of that
     * number too.
     */
    public Ids owner(String owner) {
        return NUMBER.matcher(owner).matches() ? find(owner + ":" + owner) : find(owner);
    }

    /**
     * The numbers of {@code owner}: {@code user} or {@code user:group}, each by name or number; empty for root. Without
     * a group it is the user's own.
     *
     * @throws FaultException if a name is unknown here
     */
    public Ids find(String owner) {
        if (owner.isEmpty()) {
            return Ids.ROOT;
        }
        int colon = owner.indexOf(':');
        String userName = colon < 0 ? owner : owner.substring(0, colon);
        String groupName = colon < 0 ? "" : owner.substring(colon + 1);
        Optional<String[]> known = users.stream()
                .filter(fields -> fields[0].equals(userName) || fields[2].equals(userName))
                .findFirst();
        int user = known.map(fields -> Integer.parseUnsignedInt(fields[2])).orElseGet(() -> number("user", userName));
        if (!groupName.isEmpty()) {
            return new Ids(user, group(groupName), List.of());
        }
        return known.map(fields -> new Ids(
                        user,
                        Integer.parseUnsignedInt(fields[3]),
                        fields[0].equals("root") ? List.of() : groupsOf(fields[0])))
                .orElse(new Ids(user, 0, List.of()));
    }

    private int group(String name) {
        return groups.stream()
                .filter(fields -> fields[0].equals(name) || fields[2].equals(name))
                .findFirst()
                .map(fields -> Integer.parseUnsignedInt(fields[2]))
                .orElseGet(() -> number("group", name));
    }

    private List<Integer> groupsOf(String user) {
        return groups.stream()
                .filter(fields -> List.of(fields[3].split(",")).contains(user))
                .map(fields -> Integer.parseUnsignedInt(fields[2]))
                .toList();
    }

    private static int number(String kind, String name) {
        if (!NUMBER.matcher(name).matches()) {
            throw FaultException.wrongInput(
                    "There is no " + kind + " " + name + " in the image at this point.",
                    "Create it in an earlier step, or give a number.");
        }
        return Integer.parseUnsignedInt(name);
    }
}
