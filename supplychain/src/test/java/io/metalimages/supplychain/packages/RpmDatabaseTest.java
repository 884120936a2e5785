package io.metalimages.supplychain.packages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.metalimages.common.FaultException;
import io.metalimages.supplychain.CycloneDxDocument;
import io.metalimages.supplychain.SampleImage;
import io.metalimages.supplychain.SpdxDocument;
import io.metalimages.testing.Host;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cyclonedx.Version;
import org.cyclonedx.parsers.JsonParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.spdx.jacksonstore.MultiFormatStore;
import org.spdx.library.SpdxModelFactory;
import org.spdx.storage.simple.InMemSpdxStore;

/** Packages that rpm itself has built and installed. */
final class RpmDatabaseTest {

    private static final String LINE =
            "name\u00070\u00071-1\u0007noarch\u0007(none)\u0007(none)\u0007(none)\u0007(none)\u0007(none)\u0007\u0007\f";

    private static final String SPEC = """
            Name: sample
            Epoch: 2
            Version: 1.0~rc1
            Release: 3.el9
            Summary: A "sample" of <things>
            License: MIT
            Vendor: Jöhn Döe
            URL: https://example.org/sample
            BuildArch: noarch
            Provides: thing(1)
            Requires: sample-libs
            %description
            %{summary}
            %package libs
            Summary: Its library
            License: GPLv3+ and MIT
            Provides: libsample.so.1()(64bit)
            Requires: thing(1), absent
            %description libs
            %{summary}
            %files
            %files libs
            """;

    @TempDir
    private Path directory;

    @BeforeEach
    void install() throws IOException, InterruptedException {
        for (String program : List.of("rpm", "rpmbuild")) {
            Host.assumeInstalled(program, "rpm");
        }
        System.setProperty("org.spdx.useJARLicenseInfoOnly", "true");
        SpdxModelFactory.init();
        Files.createDirectories(directory.resolve("root/etc"));
        Files.writeString(directory.resolve("root/etc/os-release"), "ID=\"almalinux\"\nVERSION_ID=\"9.8\"\n");
        Files.writeString(directory.resolve("sample.spec"), SPEC);
        run("rpmbuild", "-bb", "--quiet", "-D_topdir " + directory.resolve("build"), "sample.spec");
        List<String> command = new ArrayList<>(List.of(
                "rpm",
                "--dbpath",
                Files.createDirectories(directory.resolve("root/var/lib/rpm")).toString(),
                "--justdb",
                "--nodeps",
                "--install"));
        try (Stream<Path> files = Files.list(directory.resolve("build/RPMS/noarch"))) {
            files.map(Path::toString).sorted().forEach(command::add);
        }
        run(command.toArray(String[]::new));
    }

    private void run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile());
        builder.environment().put("HOME", directory.toString());
        builder.environment().put("LC_ALL", "C.UTF-8");
        assertThat(builder.start().waitFor())
                .as(String.join(" ", command) + "\n" + Files.readString(directory.resolve("output")))
                .isZero();
    }

    @Test
    void tellsWhatThePackagesSayOfThemselves() throws Exception {
        Inventory inventory = Inventory.read(directory.resolve("root"));

        assertThat(inventory.known()).isTrue();
        assertThat(inventory.items())
                .extracting(Inventory.Item::url)
                .containsExactly(
                        "pkg:rpm/almalinux/sample@1.0~rc1-3.el9?arch=noarch&distro=almalinux-9.8&epoch=2"
                                + "&upstream=sample%401.0~rc1-3.el9",
                        "pkg:rpm/almalinux/sample-libs@1.0~rc1-3.el9?arch=noarch&distro=almalinux-9.8&epoch=2"
                                + "&upstream=sample%401.0~rc1-3.el9");
        Inventory.Item sample = inventory.items().getFirst();
        Inventory.Item library = inventory.items().getLast();
        assertThat(sample.installed().version()).isEqualTo("2:1.0~rc1-3.el9");
        assertThat(sample.installed().maintainer()).hasValue("Jöhn Döe");
        assertThat(sample.installed().summary()).hasValue("A \"sample\" of <things>");
        assertThat(sample.dependencies()).containsExactly(library.url());
        assertThat(library.dependencies()).containsExactly(sample.url());
        assertThat(library.license().map(DeclaredLicense::expression)).hasValue("GPL-3.0-or-later AND MIT");
    }

    @Test
    void theBillsAreValid() throws Exception {
        Inventory inventory = Inventory.read(directory.resolve("root"));

        assertThat(new JsonParser().validate(CycloneDxDocument.of(SampleImage.IMAGE, inventory), Version.VERSION_16))
                .isEmpty();
        MultiFormatStore store = new MultiFormatStore(new InMemSpdxStore(), MultiFormatStore.Format.JSON_PRETTY);
        assertThat(store.deSerialize(new ByteArrayInputStream(SpdxDocument.of(SampleImage.IMAGE, inventory)), false)
                        .verify())
                .isEmpty();
    }

    @Test
    void aDatabaseThatIsNoneIsRefused() throws Exception {
        try (Stream<Path> files = Files.list(directory.resolve("root/var/lib/rpm"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.writeString(directory.resolve("root/var/lib/rpm/rpmdb.sqlite"), "nothing of the kind");

        assertThat(catchThrowableOfType(FaultException.class, () -> Inventory.read(directory.resolve("root"))))
                .hasMessageContaining("database of rpm");
    }

    @Test
    void keysAreNoPackages() {
        assertThat(RpmDatabase.parse(LINE.replace("name", "gpg-pubkey") + LINE))
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.name()).isEqualTo("name");
                    assertThat(one.license()).isEqualTo(Optional.empty());
                    assertThat(one.depends()).isEmpty();
                });
        assertThat(RpmDatabase.parse("")).isEmpty();
    }

    @Test
    void aPackageThatCannotBeUnderstoodIsNotLeftOut() {
        assertThat(catchThrowableOfType(FaultException.class, () -> RpmDatabase.parse(LINE + "broken\u00071\f")))
                .hasMessageContaining("cannot be understood: broken.");
    }
}
