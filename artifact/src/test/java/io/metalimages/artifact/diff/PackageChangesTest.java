package io.metalimages.artifact.diff;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.packages.InstalledPackages;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PackageChangesTest {

    private static final String HEAD = """
            Desired=Unknown/Install/Remove/Purge/Hold
            | Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend
            |/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)
            ||/ Name           Version             Architecture Description
            +++-==============-===================-============-=====================
            """;

    private static InstalledPackages parse(String list) {
        return InstalledPackages.parse(list.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsDpkg() {
        assertThat(parse(HEAD + """
                        ii  adduser        3.134               all          add and remove users and groups
                        ii  libc6:amd64    2.36-9+deb12u14     amd64        GNU C Library: Shared libraries
                        hi  grub-common    2.06-13+deb12u2     amd64        GRand Unified Bootloader
                        rc  removed        1.0                 all          only its settings are left
                        un  unknown        <none>              <none>       (no description available)
                        iU  unpacked       1:2.0~rc1-1         all          not configured yet
                        """).versions())
                .isEqualTo(versions(Map.of(
                        "adduser", "3.134",
                        "libc6", "2.36-9+deb12u14",
                        "grub-common", "2.06-13+deb12u2",
                        "unpacked", "1:2.0~rc1-1")));
    }

    @Test
    void readsRpm() {
        InstalledPackages packages = parse("""
                bash-5.1.8-9.el9.x86_64
                kernel-core-5.14.0-427.13.1.el9_4.x86_64
                kernel-core-5.14.0-427.16.1.el9_4.x86_64
                gpg-pubkey-8483c65d-5ccc5b19
                python3-pip-wheel-21.2.3-8.el9.noarch
                error: something that rpm complained about
                """);
        assertThat(packages.versions().keySet())
                .containsExactly("bash", "gpg-pubkey", "kernel-core", "python3-pip-wheel");
        assertThat(packages.versions().get("kernel-core"))
                .containsExactly("5.14.0-427.13.1.el9_4", "5.14.0-427.16.1.el9_4");
        assertThat(packages.versions().get("bash")).containsExactly("5.1.8-9.el9");
        assertThat(packages.versions().get("gpg-pubkey")).containsExactly("8483c65d-5ccc5b19");
    }

    @Test
    void whatIsNoListHasNoPackages() {
        assertThat(parse("").versions()).isEmpty();
        assertThat(parse("\n\0\n-\n--\n---\nword\n").versions()).isEmpty();
        byte[] noise = new byte[100_000];
        new Random(1).nextBytes(noise);
        assertThat(InstalledPackages.parse(noise)).isNotNull();
    }

    @Test
    void tellsWhatChanged() {
        PackageChanges changes = PackageChanges.between(
                new InstalledPackages(versions(Map.of("same", "1", "updated", "1.0-1", "gone", "3"))),
                new InstalledPackages(versions(Map.of("same", "1", "updated", "1.0-2", "new", "4"))));
        assertThat(changes.added()).containsExactly(Map.entry("new", "4"));
        assertThat(changes.removed()).containsExactly(Map.entry("gone", "3"));
        assertThat(changes.changed())
                .containsExactly(Map.entry("updated", new PackageChanges.Change("1.0-1", "1.0-2")));
        assertThat(changes.isEmpty()).isFalse();
    }

    @Test
    void changesThereAndBackAreEachOthersReverse() {
        Random random = new Random(42);
        for (int round = 0; round < 500; round++) {
            InstalledPackages one = packages(random);
            InstalledPackages other = packages(random);
            PackageChanges there = PackageChanges.between(one, other);
            PackageChanges back = PackageChanges.between(other, one);
            assertThat(back.added()).isEqualTo(there.removed());
            assertThat(back.removed()).isEqualTo(there.added());
            assertThat(back.changed().keySet()).isEqualTo(there.changed().keySet());
            there.changed()
                    .forEach((name, change) -> assertThat(back.changed().get(name))
                            .isEqualTo(new PackageChanges.Change(change.to(), change.from())));
            assertThat(there.isEmpty()).isEqualTo(one.equals(other));
        }
    }

    private static InstalledPackages packages(Random random) {
        SortedMap<String, SortedSet<String>> versions = new TreeMap<>();
        for (int index = random.nextInt(4); index > 0; index--) {
            versions.computeIfAbsent("package" + random.nextInt(4), _ -> new TreeSet<>())
                    .add("version" + random.nextInt(3));
        }
        return new InstalledPackages(versions);
    }

    private static SortedMap<String, SortedSet<String>> versions(Map<String, String> single) {
        SortedMap<String, SortedSet<String>> versions = new TreeMap<>();
        single.forEach((name, version) -> versions.put(name, new TreeSet<>(Set.of(version))));
        return versions;
    }
}
