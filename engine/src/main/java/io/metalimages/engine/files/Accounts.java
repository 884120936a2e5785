package io.metalimages.engine.files;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.OpenedFile;
import io.metalimages.common.linux.RootDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The users and groups of a root file system: its {@code /etc/passwd} and {@code /etc/group}. */
public final class Accounts {

    private static final Pattern NUMBER = Pattern.compile("[0-9]+");

    /** The highest number of a user or group that container runtimes take. */
    private static final int HIGHEST = Integer.MAX_VALUE;

    /** What a file may hold; a large directory service has some hundred thousand lines of a hundred bytes. */
    private static final int MOST_BYTES = 16 << 20;

    private final String location;
    private final List<User> users;
    private final List<Group> groups;

    private record User(String name, int id, int group) {}

    private record Group(String name, int id, List<String> members) {}

    private Accounts(String location, List<User> users, List<Group> groups) {
        this.location = location;
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

    /**
     * Reads the accounts of {@code root}; a missing file means that there are none, as does one that is no file. Lines
     * that are no account are passed over.
     *
     * @param location where the instruction stands that needs them, for messages
     * @throws FaultException if a file is larger than 16 MiB
     */
    public static Accounts of(RootDirectory root, String location) throws IOException {
        List<User> users = new ArrayList<>();
        for (String[] fields : records(root, "/etc/passwd", location)) {
            if (isNumber(fields[2]) && isNumber(fields[3])) {
                users.add(new User(fields[0], Integer.parseInt(fields[2]), Integer.parseInt(fields[3])));
            }
        }
        List<Group> groups = new ArrayList<>();
        for (String[] fields : records(root, "/etc/group", location)) {
            if (isNumber(fields[2])) {
                groups.add(new Group(fields[0], Integer.parseInt(fields[2]), List.of(fields[3].split(","))));
            }
        }
        return new Accounts(location, users, groups);
    }

    private static List<String[]> records(RootDirectory root, String path, String location) throws IOException {
        Optional<OpenedFile> found = root.findRegularFile(path);
        if (found.isEmpty()) {
            return List.of();
        }
        byte[] content;
        try (OpenedFile file = found.get();
                InputStream bytes = file.read()) {
            content = bytes.readNBytes(MOST_BYTES + 1);
        }
        if (content.length > MOST_BYTES) {
            throw FaultException.wrongInput(
                    location + ": " + path + " of the image is larger than 16 MiB.", "Make it a list of accounts.");
        }
        List<String[]> records = new ArrayList<>();
        for (String line : new String(content, StandardCharsets.ISO_8859_1).split("\n")) {
            String[] fields = line.split(":", -1);
            if (fields.length >= 4) {
                records.add(fields);
            }
        }
        return records;
    }

    /** Whether {@code text} is the number of a user or group. */
    private static boolean isNumber(String text) {
        return NUMBER.matcher(text).matches() && text.length() <= 10 && Long.parseLong(text) <= HIGHEST;
    }

    /**
     * The owner that {@code --chown} and {@code WORKDIR} give to what they make: like {@link #find}, but a user by number
     * alone stands for the group of that number too, and what is left empty beside a colon for root.
     */
    public Ids owner(String owner) {
        int colon = owner.indexOf(':');
        if (colon < 0) {
            return NUMBER.matcher(owner).matches() ? find(owner + ":" + owner) : find(owner);
        }
        String user = colon == 0 ? "0" : owner.substring(0, colon);
        String group = colon == owner.length() - 1 ? "0" : owner.substring(colon + 1);
        return find(user + ":" + group);
    }

    /**
     * The numbers of {@code owner}: {@code user} or {@code user:group}, each by name or number; empty for root. Without
     * a group it is the user's own.
     *
     * @throws FaultException if a name is unknown here, or a number is out of range
     */
    public Ids find(String owner) {
        if (owner.isEmpty()) {
            return Ids.ROOT;
        }
        int colon = owner.indexOf(':');
        String userName = colon < 0 ? owner : owner.substring(0, colon);
        String groupName = colon < 0 ? "" : owner.substring(colon + 1);
        Optional<User> known = users.stream()
                .filter(user -> user.name().equals(userName)
                        || Integer.toString(user.id()).equals(userName))
                .findFirst();
        int user = known.map(User::id).orElseGet(() -> number("user", userName));
        if (!groupName.isEmpty()) {
            return new Ids(user, group(groupName), List.of());
        }
        return known.map(account -> new Ids(
                        user, account.group(), account.name().equals("root") ? List.of() : groupsOf(account.name())))
                .orElse(new Ids(user, 0, List.of()));
    }

    private int group(String name) {
        return groups.stream()
                .filter(group -> group.name().equals(name)
                        || Integer.toString(group.id()).equals(name))
                .findFirst()
                .map(Group::id)
                .orElseGet(() -> number("group", name));
    }

    private List<Integer> groupsOf(String user) {
        return groups.stream()
                .filter(group -> group.members().contains(user))
                .map(Group::id)
                .toList();
    }

    private int number(String kind, String name) {
        if (isNumber(name)) {
            return Integer.parseInt(name);
        }
        if (NUMBER.matcher(name).matches()) {
            throw FaultException.wrongInput(
                    location + ": " + kind + " " + name + " is out of range.",
                    "The numbers of users and groups are 0 to " + HIGHEST + ".");
        }
        throw FaultException.wrongInput(
                location + ": there is no " + kind + " " + name + " in the image at this point.",
                "Create it in an earlier step, or give a number.");
    }
}
