package io.metalimages.catalog;

import io.metalimages.store.StoreLocation;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.supplychain.packages.SecurityUpdates;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;

/** A store in a directory, filled without the images themselves, which no page shows. */
final class SampleStore {

    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private final Path root;
    private final Map<String, List<Map<String, Object>>> channels = new LinkedHashMap<>();

    private final Map<String, String> withdrawn = new HashMap<>();

    SampleStore(Path root) {
        this.root = root;
    }

    Path root() {
        return root;
    }

    ObjectStore open() {
        return new StoreLocation(root.toString()).open();
    }

    /** A list as {@code dpkg -l} prints it, of lines such as {@code openssl 3.0.17-1 Secure Sockets Layer toolkit}. */
    static String dpkg(String... packages) {
        StringBuilder list =
                new StringBuilder("Desired=Unknown/Install\n||/ Name Version Architecture Description\n+++-====\n");
        for (String each : packages) {
            String[] words = each.split(" ", 3);
            list.append("ii  %s  %s  amd64  %s%n".formatted(words[0], words[1], words.length > 2 ? words[2] : ""));
        }
        return list.toString();
    }

    /**
     * Puts an image into a channel.
     *
     * @param image {@code debian/12}
     * @param bytes how large its tarball is said to be
     * @param files contents by plain names
     */
    SampleStore publish(String channel, String image, String published, long bytes, Map<String, String> files)
            throws IOException {
        Fingerprint made = Fingerprint.of((channel + image + bytes).getBytes(StandardCharsets.UTF_8));
        return publish(channel, image, published, new Fingerprint(bytes, made.md5(), made.sha256()), files);
    }

    /** @param tarball what it is said to be */
    SampleStore publish(String channel, String image, String published, Fingerprint tarball, Map<String, String> files)
            throws IOException {
        List<Map<String, Object>> images = channels.computeIfAbsent(channel, path -> new ArrayList<>());
        images.removeIf(each -> (each.get("os") + "/" + each.get("version")).equals(image));
        List<Map<String, Object>> members = new ArrayList<>();
        members.add(member("img.tar.lz4", tarball.bytes(), tarball));
        members.add(member("img.tar.lz4.md5", 46, tarball));
        for (Map.Entry<String, String> file : files.entrySet()) {
            byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
            Fingerprint fingerprint = Fingerprint.of(content);
            members.add(member(file.getKey(), content.length, fingerprint));
            Path object = root.resolve(key(fingerprint));
            Files.createDirectories(object.getParent());
            Files.write(object, content);
        }
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("os", image.substring(0, image.indexOf('/')));
        entry.put("version", image.substring(image.indexOf('/') + 1));
        entry.put("published", published);
        entry.put("commit", COMMIT);
        entry.put("tested", true);
        entry.put("files", members);
        images.add(entry);
        write(channel);
        return this;
    }

    /** Takes a whole channel away. */
    void prune(String channel) throws IOException {
        channels.remove(channel);
        Files.delete(root.resolve("metal-os").resolve(channel).resolve("index.json"));
    }

    /** Says of a release that nobody should use it any more. */
    void withdraw(String release, String since) throws IOException {
        withdrawn.put(release, since);
        write(release);
    }

    private void write(String channel) throws IOException {
        Path index = root.resolve("metal-os").resolve(channel).resolve("index.json");
        Files.createDirectories(index.getParent());
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("format", 1);
        members.put("channel", channel);
        if (withdrawn.containsKey(channel)) {
            members.put("withdrawn", withdrawn.get(channel));
        }
        members.put("images", channels.get(channel));
        Files.writeString(index, JsonMapper.shared().writeValueAsString(members));
    }

    private static Map<String, Object> member(String name, long bytes, Fingerprint fingerprint) {
        Map<String, Object> member = new LinkedHashMap<>();
        member.put("name", name);
        member.put("bytes", bytes);
        member.put("md5", fingerprint.md5());
        member.put("sha256", fingerprint.sha256().hex());
        member.put("key", key(fingerprint));
        return member;
    }

    private static String key(Fingerprint fingerprint) {
        return "metal-os/objects/sha256/" + fingerprint.sha256().hex();
    }

    private static final String ENVELOPE = """
            {"payloadType":"application/vnd.in-toto+json","payload":"e30=",\
            "signatures":[{"keyid":"6f1c2a","sig":"bm90IGEgcmVhbCBzaWduYXR1cmUsIGJ1dCBvbmUgYXMgbG9uZyBhcyBFZDI1NTE5J3MgYXJl"}]}
            """;

    /** Four releases of two images, one without support, what is stable, and a branch. */
    SampleStore fill() throws IOException {
        String[] days = {"20261025", "20261101", "20261108", "20261115"};
        long[] sizes = {455_100_000, 455_900_000, 461_700_000, 462_600_000};
        for (int index = 0; index < days.length; index++) {
            String moment = days[index].replaceFirst("(....)(..)(..)", "$1-$2-$3T01:40:00Z");
            publish(days[index], "debian/12", moment, sizes[index], debian(index));
            publish(days[index], "firewall/3.0-ubuntu", moment, sizes[index] + 90_000_000, debian(index));
        }
        publish("20261115", "debian/13", "2026-11-15T01:40:00Z", 488_000_000, debian(7));
        publish(
                "20261101",
                "almalinux/9",
                "2026-11-01T01:40:00Z",
                612_000_000,
                Map.of("packages.txt", "bash-5.1.8-9.el9.x86_64\nopenssl-3.2.2-6.el9.x86_64\n"));
        publish("stable", "debian/12", "2026-11-22T01:40:00Z", 462_800_000, debian(4));
        publish("pull_requests/new-kernel", "debian/12", "2026-11-20T09:00:00Z", 470_000_000, debian(5));
        return this;
    }

    private static Map<String, String> debian(int week) {
        Map<String, String> files = new LinkedHashMap<>();
        files.put(
                "packages.txt",
                dpkg(
                        "bash 5.2.15-2+b13 GNU Bourne Again SHell",
                        "frr 8.4.4-1.1~deb12u" + (1 + week / 2) + " FRRouting suite of internet protocols",
                        "libssl3 3.0.1" + week + "-1~deb12u1 Secure Sockets Layer toolkit - shared libraries",
                        "linux-image-6.1.0-" + (30 + week) + "-amd64 6.1.1" + week + "-1 Linux 6.1 for 64-bit PCs",
                        "openssl 3.0.1" + week + "-1~deb12u1 Secure Sockets Layer toolkit - cryptographic utility",
                        "systemd 252.39-1~deb12u" + (1 + week / 3) + " system and service manager"));
        files.put("sbom.cdx.json", "{}");
        files.put(SecurityUpdates.FILE, new String(security(week).toJson(), StandardCharsets.UTF_8));
        files.put("provenance.intoto.jsonl", ENVELOPE);
        return files;
    }

    /** openssl has a fix each week, and Linux ten. */
    private static SecurityUpdates security(int week) {
        return new SecurityUpdates(
                Instant.parse("2024-11-22T00:00:00Z"),
                Optional.empty(),
                List.of(
                        new SecurityUpdates.SourcePackage(
                                "linux",
                                "6.1.1" + week + "-1",
                                new TreeMap<>(
                                        Map.of("linux-image-6.1.0-" + (30 + week) + "-amd64", "6.1.1" + week + "-1")),
                                updates(week, "6.1.1%d-1", 10),
                                Optional.empty()),
                        new SecurityUpdates.SourcePackage(
                                "openssl",
                                "3.0.1" + week + "-1~deb12u1",
                                new TreeMap<>(Map.of(
                                        "openssl",
                                        "3.0.1" + week + "-1~deb12u1",
                                        "libssl3",
                                        "3.0.1" + week + "-1~deb12u1")),
                                updates(week, "3.0.1%d-1~deb12u1", 1),
                                Optional.empty())));
    }

    private static List<SecurityUpdates.Update> updates(int week, String version, int vulnerabilities) {
        return IntStream.rangeClosed(0, week)
                .mapToObj(before -> week - before)
                .map(each -> new SecurityUpdates.Update(
                        version.formatted(each),
                        "bookworm-security",
                        Instant.parse("2026-10-20T00:00:00Z").plus(Duration.ofDays(7L * each)),
                        IntStream.range(0, vulnerabilities)
                                .mapToObj(number -> "CVE-2026-%d%02d".formatted(1000 + each, number))
                                .toList()))
                .toList();
    }
}
