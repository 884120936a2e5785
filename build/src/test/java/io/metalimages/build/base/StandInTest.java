package io.metalimages.build.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stand-in for Ubuntu's archive in {@code os/tests/archives}, as apt sees it. */
final class StandInTest {

    private static final Path STAND_IN = Path.of("../os/tests/archives/ubuntu/stand-in");
    private static final int REMOTE_FAILED = 4;

    /** An apt that knows no other archive and has nothing installed. */
    private static final String APT = """
            set -eu
            cd "$1"
            mkdir -p lists/partial cache/archives/partial parts
            : > status
            echo "deb [signed-by=$METAL_IMAGES_UBUNTU_KEYRING] $METAL_IMAGES_UBUNTU_ARCHIVE jammy $2" > sources.list
            for suite in updates security; do
                sed "s/ jammy / jammy-$suite /" sources.list
            done > more.list
            cat more.list >> sources.list
            unset APT_CONFIG
            set -- -qq -o Dir::Etc::SourceList="$PWD/sources.list" -o Dir::Etc::SourceParts="$PWD/parts" \\
                -o Dir::State::Lists="$PWD/lists" -o Dir::State::Status="$PWD/status" -o Dir::Cache="$PWD/cache" \\
                -o Acquire::Languages=none -o APT::Sandbox::User=root
            apt-get "$@" update
            """;

    @TempDir
    private Path directory;

    @BeforeEach
    void requireTools() {
        for (String program : List.of("python3", "gpg", "gpgconf", "gpgv", "dpkg-deb", "apt-get")) {
            Host.assumeInstalled(program, program);
        }
    }

    private record Run(int exitCode, String output) {}

    private Run run(String script, String components) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        STAND_IN.toString(),
                        "--release",
                        "22.04",
                        "--",
                        "sh",
                        "-c",
                        script,
                        "sh",
                        Files.createDirectories(directory.resolve("apt")).toString(),
                        components)
                .redirectErrorStream(true);
        builder.environment()
                .put("METAL_IMAGES_STATE", directory.resolve("state").toString());
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Run run = new Run(process.waitFor(), output);
        assumeTrue(run.exitCode() != REMOTE_FAILED, output);
        return run;
    }

    @Test
    void aptFindsUbuntuInIt() throws Exception {
        Run run = run(APT + """
                apt-get "$@" --simulate --no-install-recommends install linux-image-generic base-files apt lldpd | sed 's/^/would /'
                apt-get "$@" download base-files ubuntu-keyring lldpd
                dpkg-deb --fsys-tarfile base-files_*.deb | tar -xO ./usr/lib/os-release
                dpkg-deb --field base-files_*.deb Description | head -n 1
                dpkg-deb --contents ubuntu-keyring_*.deb
                head -n 13 lists/*_jammy-security_InRelease
                exit 7
                """, "main universe");
        assertThat(run.exitCode()).as(run.output()).isEqualTo(7);
        assertThat(run.output())
                .contains(
                        "stand-in: this is no archive of Ubuntu, but Debian's packages under Ubuntu's names",
                        "would Inst linux-image-generic (22.04+stand.in Ubuntu:22.04/jammy [all])",
                        "would Inst linux-firmware (22.04+stand.in",
                        "would Inst ubuntu-keyring (22.04+stand.in",
                        "would Inst lldpd (",
                        "ID=ubuntu\n",
                        "VERSION_ID=\"22.04\"\n",
                        "STAND-IN for Ubuntu 22.04: all packages are of Debian bookworm",
                        "./etc/apt/trusted.gpg.d/ubuntu-keyring-2018-archive.gpg",
                        "Suite: jammy-security\n",
                        "Stand-In: Debian bookworm\n")
                .doesNotContain("would Inst debian-archive-keyring");
    }

    @Test
    void whatIsInUniverseIsNotFoundWithoutIt() throws Exception {
        Run run = run(APT + "apt-get \"$@\" --simulate install lldpd\n", "main");
        assertThat(run.exitCode()).isEqualTo(100);
        assertThat(run.output()).contains("lldpd");
    }

    @Test
    void aReleaseThatIsNotKnownIsWrongUse() throws Exception {
        Process process = new ProcessBuilder(STAND_IN.toString(), "--release", "21.04", "--", "true")
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("invalid choice: '21.04'");
        assertThat(process.waitFor()).isEqualTo(2);
    }
}
