package io.metalimages.artifact.tar;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.SampleTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShippedStateTest {

    @Test
    void everyRuleSaysWhy() {
        assertThat(ShippedState.RULES)
                .allSatisfy(rule -> assertThat(rule.reason()).isNotBlank())
                .allSatisfy(rule ->
                        assertThat(rule.directory()).doesNotStartWith("/").doesNotEndWith("/"))
                .doesNotHaveDuplicates();
    }

    @Test
    void leavesOutWhatBelongsToOneMachine(@TempDir Path directory) throws Exception {
        SampleTree tree = new SampleTree(directory);
        List<String> leftOut = List.of(
                "dev/null",
                "tmp/x/y",
                "run/lock/z",
                ".dockerenv",
                "etc/ssh/ssh_host_rsa_key",
                "etc/ssh/ssh_host_ed25519_key.pub",
                "etc/nvme/hostid",
                "etc/nvme/hostnqn",
                "etc/passwd-",
                "var/lib/dbus/machine-id",
                "var/lib/systemd/random-seed",
                "var/lib/systemd/credential.secret",
                "var/lib/dpkg/status-old",
                "var/cache/debconf/config.dat-old",
                "var/cache/apt/pkgcache.bin",
                "var/cache/apt/archives/x_1_amd64.deb",
                "var/lib/apt/lists/archive_InRelease",
                "var/cache/ldconfig/aux-cache",
                "var/log/dpkg.log",
                "var/log/bootstrap.log",
                "var/log/alternatives.log",
                "var/log/apt/history.log",
                "var/log/apt/eipp.log.xz",
                "var/log/journal/0123/system.journal");
        List<String> shipped = List.of(
                "etc/ssh/sshd_config",
                "etc/.pwd.lock",
                "etc/passwd",
                "etc/nvme/discovery.conf",
                "var/lib/dpkg/status",
                "var/lib/initramfs-tools/6.1.0",
                "var/log/frr/frr.log",
                "usr/lib/python3/__pycache__/x.pyc",
                "var/log.d/dpkg.log",
                "home/etc/passwd-");
        for (String path : leftOut) {
            tree.file(path, "state");
        }
        for (String path : shipped) {
            tree.file(path, "state");
        }
        tree.file("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        tree.file("etc/hostname", "");
        tree.file("etc/resolv.conf", "");
        tree.file("var/log/lastlog", "state");
        tree.directory("var/lib/apt/lists/partial");

        Map<String, Long> files = FileTree.walk(directory, SampleTree.TIMES, false).entries().stream()
                .filter(entry -> entry.type() == TarEntry.Type.FILE)
                .collect(Collectors.toMap(TarEntry::path, TarEntry::size, (one, other) -> one, TreeMap::new));
        List<String> directories = FileTree.walk(directory, SampleTree.TIMES, false).entries().stream()
                .filter(entry -> entry.type() == TarEntry.Type.DIRECTORY)
                .map(TarEntry::path)
                .toList();

        assertThat(files.keySet()).containsAll(shipped).doesNotContainAnyElementsOf(leftOut);
        assertThat(files)
                .containsEntry("etc/machine-id", 0L)
                .containsEntry("var/log/lastlog", 0L)
                .hasSize(shipped.size() + 2);
        assertThat(directories)
                .contains("dev", "tmp", "run", "var/lib/apt/lists/partial", "var/cache/apt/archives", "var/log/apt")
                .doesNotContain("tmp/x", "run/lock");
    }

    @Test
    void keepsWhatTheImageMeans(@TempDir Path directory) throws Exception {
        SampleTree tree = new SampleTree(directory);
        tree.file("etc/hostname", "metal\n");
        Files.createSymbolicLink(
                tree.root().resolve("etc/resolv.conf"), Path.of("../run/systemd/resolve/stub-resolv.conf"));
        Files.createSymbolicLink(tree.directory("var/lib/dbus").resolve("machine-id"), Path.of("/etc/machine-id"));

        assertThat(FileTree.walk(directory, SampleTree.TIMES, false).entries().stream()
                        .map(TarEntry::path))
                .contains("etc/hostname", "etc/resolv.conf", "var/lib/dbus/machine-id");
    }
}
