package io.metalimages.build.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bootstraps a distribution of rpm's family, of a few packages that are built and signed here. */
class RpmBaseTest {

    private static final RpmDistribution ALMALINUX = Distributions.ALMALINUX;

    private static final String SPEC = """
            Name: almalinux-release
            Version: 9.6
            Release: %{release}
            Summary: A distribution
            License: none
            BuildArch: noarch
            Provides: bash coreutils dnf glibc-minimal-langpack rpm
            %description
            %install
            mkdir -p %{buildroot}/etc/yum.repos.d %{buildroot}/var/log
            echo ID=almalinux >%{buildroot}/etc/os-release
            echo here >%{buildroot}/etc/yum.repos.d/almalinux-baseos.repo
            echo other >%{buildroot}/etc/yum.repos.d/almalinux-sap.repo
            %files
            /etc/os-release
            %config(noreplace) /etc/yum.repos.d/*
            /var/log
            """;

    private static final Map<String, String> PACKAGES =
            Map.of("rpmbuild", "rpm", "createrepo_c", "createrepo-c", "gpg", "gnupg");

    @TempDir
    private Path directory;

    private WorkDirectory work;

    @BeforeEach
    void prepare() throws Exception {
        work = WorkDirectory.open(new StateDirectory(directory.resolve("state")), note -> {});
    }

    @AfterEach
    void close() throws Exception {
        work.close();
    }

    private void run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile());
        builder.environment().put("HOME", directory.toString());
        builder.environment().put("GNUPGHOME", directory.resolve("g").toString());
        builder.environment().put("SOURCE_DATE_EPOCH", "1700000000");
        assertThat(builder.start().waitFor())
                .as(() -> String.join(" ", command))
                .withFailMessage(() -> {
                    try {
                        return Files.readString(directory.resolve("output"));
                    } catch (IOException e) {
                        return e.toString();
                    }
                })
                .isZero();
    }

    private BaseOptions archive(boolean signed) throws IOException, InterruptedException {
        Host.assumeRoot("make bases");
        for (String program : List.of("dnf", "rpmbuild", "createrepo_c", "gpg")) {
            Host.assumeInstalled(program, PACKAGES.getOrDefault(program, program));
        }
        Path key = Files.createDirectories(directory.resolve("g"));
        Files.setAttribute(key, "unix:mode", 0700);
        run(
                "gpg",
                "--batch",
                "--quiet",
                "--passphrase",
                "",
                "--quick-generate-key",
                "almalinux",
                "rsa3072",
                "sign",
                "never");
        run("gpg", "--batch", "--armor", "--output", directory.resolve("keys").toString(), "--export");
        run("gpgconf", "--kill", "gpg-agent");
        publish("1", signed);
        return new BaseOptions(
                false,
                Map.of(
                        ALMALINUX.archiveVariable(),
                        directory.resolve("archive").toUri() + " http://192.0.2.1/epel/",
                        ALMALINUX.keyringVariable(),
                        directory.resolve("keys").toString()));
    }

    private void publish(String release, boolean signed) throws IOException, InterruptedException {
        Files.writeString(directory.resolve("release.spec"), SPEC.replace("%{release}", release));
        Path baseos = Files.createDirectories(directory.resolve(
                "archive/9/BaseOS/" + Architecture.ofThisMachine().rpm() + "/os"));
        Path appstream = Files.createDirectories(directory.resolve(
                "archive/9/AppStream/" + Architecture.ofThisMachine().rpm() + "/os"));
        run(
                "rpmbuild",
                "-bb",
                "--quiet",
                "-D_topdir " + directory.resolve("rpmbuild"),
                "-D_rpmdir " + baseos,
                "release.spec");
        if (signed) {
            run(
                    "sh",
                    "-c",
                    "rpmsign --define '__gpg /usr/bin/gpg' --define '_gpg_name almalinux' --addsign \"$1\"/*/*.rpm && gpgconf --kill gpg-agent",
                    "sh",
                    baseos.toString());
        }
        for (Path repository : List.of(baseos, appstream)) {
            if (repository.equals(baseos) || !Files.exists(appstream.resolve("repodata"))) {
                run("createrepo_c", "--quiet", "--general-compress-type=gz", repository.toString());
            }
        }
    }

    private DistributionBase pin(BaseOptions options) throws IOException, InterruptedException {
        return ALMALINUX.pin("9", options, work.newDirectory("release"), work.launcher());
    }

    @Test
    void anArchiveThatNobodyNamesIsToldInOneSentence() {
        FaultException fault = catchThrowableOfType(
                FaultException.class, () -> pin(new BaseOptions(false, Map.of("PATH", "/usr/bin"))));

        assertThat(fault).hasMessage("No archive of AlmaLinux is known: METAL_IMAGES_ALMALINUX_ARCHIVE is not set.");
        assertThat(fault.remedy())
                .hasValue(
                        "Set METAL_IMAGES_ALMALINUX_ARCHIVE to the URL of AlmaLinux's archive or of a mirror of it, below"
                                + " which $releasever/BaseOS/$basearch/os is, and METAL_IMAGES_ALMALINUX_KEYRING to a file with the"
                                + " keys that sign its packages.");
    }

    @Test
    void anArchiveThatCannotBeReachedIsARemoteFault() throws Exception {
        Host.assumeRoot("run dnf on another root");
        Host.assumeInstalled("dnf", "dnf");
        Path keys = Files.writeString(directory.resolve("keys"), "");
        BaseOptions options = new BaseOptions(
                false,
                Map.of(
                        ALMALINUX.archiveVariable(),
                                directory.resolve("nowhere").toUri().toString(),
                        ALMALINUX.keyringVariable(), keys.toString()));

        assertThatThrownBy(() -> pin(options))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.REMOTE_FAULT))
                .hasMessageContaining("dnf could not read the archive of AlmaLinux 9")
                .hasMessageContaining("nowhere/9/BaseOS");
    }

    @Test
    void equalArchivesGiveEqualBases() throws Exception {
        BaseOptions options = archive(true);
        DistributionBase base = pin(options);
        assertThat(ALMALINUX.parse("9", options, base.definition())).hasValue(base);
        assertThat(ALMALINUX.parse("9", options, base.definition().replaceAll("(?m)^appstream.*\\n?", "")))
                .isEmpty();
        assertThat(base.used("almalinux:9").lists())
                .extracting(UsedBase.SignedList::suite)
                .containsExactly("baseos", "appstream");

        Path first = Files.createDirectory(directory.resolve("first"));
        base.unpack(first, work.launcher(), line -> {});
        Thread.sleep(1100); // the resolution of times in rpm's database
        Path second = Files.createDirectory(directory.resolve("second"));
        base.unpack(second, work.launcher(), line -> {});

        assertThat(first.resolve("etc/os-release")).hasContent("ID=almalinux");
        assertThat(first.resolve("etc/yum.repos.d/almalinux-baseos.repo"))
                .content()
                .contains("baseurl="
                        + directory.resolve("archive").toUri().toString().replaceFirst("/$", "")
                        + "/$releasever/BaseOS/$basearch/os/\n")
                .contains("gpgcheck=1", "gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-AlmaLinux-$releasever");
        assertThat(first.resolve("etc/yum.repos.d/almalinux-sap.repo")).doesNotExist();
        assertThat(first.resolve("etc/yum.repos.d/epel.repo"))
                .content()
                .contains("baseurl=http://192.0.2.1/epel/$releasever/Everything/$basearch/");
        assertThat(first.resolve("dev")).isEmptyDirectory();
        assertThat(first.resolve("var/lib/rpm/rpmdb.sqlite")).isNotEmptyFile();
        assertThat(first.resolve("root/.rpmdb")).doesNotExist();
        assertThat(files(second)).isEqualTo(files(first));
    }

    @Test
    void theDatabaseOfALaterReleaseIsWhereItsRpmLooks() throws Exception {
        BaseOptions options = archive(true);
        run("cp", "--recursive", "archive/9", "archive/10");
        Path root = Files.createDirectory(directory.resolve("root"));

        ALMALINUX
                .pin("10", options, work.newDirectory("release"), work.launcher())
                .unpack(root, work.launcher(), line -> {});

        assertThat(root.resolve("usr/lib/sysimage/rpm/rpmdb.sqlite")).isNotEmptyFile();
        assertThat(root.resolve("var/lib/rpm")).doesNotExist();
    }

    @Test
    void aStandInSaysSo() throws Exception {
        BaseOptions options = archive(true);
        run(
                "createrepo_c",
                "--quiet",
                "--general-compress-type=gz",
                "--content=stand-in: Debian bookworm",
                directory
                        .resolve("archive/9/BaseOS/"
                                + Architecture.ofThisMachine().rpm() + "/os")
                        .toString());

        DistributionBase base = pin(options);

        assertThat(base.used("almalinux:9").standIn()).hasValue("Debian bookworm");
        assertThat(ALMALINUX.parse("9", options, base.definition())).hasValue(base);
    }

    private static Map<String, List<Byte>> files(Path root) throws IOException {
        Map<String, List<Byte>> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path file : all.toList()) {
                List<Byte> content = new ArrayList<>();
                if (Files.isRegularFile(file)) {
                    for (byte one : Files.readAllBytes(file)) {
                        content.add(one);
                    }
                }
                files.put(root.relativize(file).toString(), content);
            }
        }
        return files;
    }

    @Test
    void aPackageThatIsNotSignedIsRefused() throws Exception {
        DistributionBase base = pin(archive(false));

        assertThatThrownBy(() ->
                        base.unpack(Files.createDirectory(directory.resolve("root")), work.launcher(), line -> {}))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("almalinux-release")
                .hasMessageContaining("is not signed");
    }

    @Test
    void anArchiveThatHasChangedSinceIsNotTakenForThePinnedOne() throws Exception {
        DistributionBase base = pin(archive(true));
        publish("2", true);

        assertThatThrownBy(() ->
                        base.unpack(Files.createDirectory(directory.resolve("root")), work.launcher(), line -> {}))
                .isInstanceOf(ArchiveChangedException.class)
                .hasMessage("AlmaLinux's archive has changed since the base 9 was pinned: baseos");
    }
}
