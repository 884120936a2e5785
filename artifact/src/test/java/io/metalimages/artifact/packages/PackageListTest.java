package io.metalimages.artifact.packages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.metalimages.artifact.SampleTree;
import io.metalimages.common.FaultException;
import io.metalimages.testing.Host;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackageListTest {

    @TempDir
    private Path directory;

    private static final String STATUS = """
            Package: frr
            Status: install ok installed
            Architecture: all
            Version: 10.3-1
            Description: routing daemons
            """;

    private String list(SampleTree tree) throws Exception {
        Path list = directory.resolve("packages.txt");
        try (PackageList packages = PackageList.start(tree.root(), list, directory.resolve("complaints"))) {
            packages.finish();
        }
        return Files.readString(list);
    }

    @Test
    void listsADpkgDatabase() throws Exception {
        Host.assumeInstalled("dpkg-query", "dpkg");
        SampleTree tree = new SampleTree(directory.resolve("root"));
        tree.file("var/lib/dpkg/status", """
                Package: frr
                Status: install ok installed
                Maintainer: Nobody <nobody@example.org>
                Architecture: all
                Version: 10.3-1
                Description: routing daemons with a description that is longer than eighty columns would leave room for
                """);
        tree.directory("var/lib/dpkg/info");
        tree.directory("var/lib/dpkg/updates");

        assertThat(list(tree).lines())
                .anyMatch(line -> line.matches("ii  frr +10\\.3-1 +all +routing daemons with .* room for"));
    }

    @Test
    void saysWhatIsWrongWithADatabase() throws Exception {
        Host.assumeInstalled("dpkg-query", "dpkg");
        SampleTree tree = new SampleTree(directory.resolve("root"));
        tree.file("var/lib/dpkg/status", "this is no database\n");

        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> list(tree))
                .withMessageContaining("var/lib/dpkg/status")
                .satisfies(fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.FAILED_WORK));
    }

    /** The database of the machine that builds, or one elsewhere in the image, is not the image's. */
    @ParameterizedTest
    @ValueSource(strings = {"var", "var/lib", "var/lib/dpkg"})
    void aLinkLeadsNowhereOutOfTheImage(String link) throws Exception {
        Path outside = Files.createDirectories(directory.resolve("outside"));
        SampleTree host = new SampleTree(outside);
        host.file("status", STATUS);
        host.file("dpkg/status", STATUS);
        host.file("lib/dpkg/status", STATUS);
        SampleTree tree = new SampleTree(directory.resolve("root"));
        Files.createDirectories(tree.root().resolve(link).getParent());
        Files.createSymbolicLink(tree.root().resolve(link), outside.toAbsolutePath());

        assertThat(list(tree)).isEmpty();
    }

    @Test
    void aLinkInsideTheImageIsFollowed() throws Exception {
        Host.assumeInstalled("dpkg-query", "dpkg");
        SampleTree tree = new SampleTree(directory.resolve("root"));
        tree.file("data/lib/dpkg/status", STATUS);
        Files.createSymbolicLink(tree.root().resolve("var"), Path.of("/data"));

        assertThat(list(tree)).contains("frr");
    }

    @Test
    void aDatabaseThatIsALinkIsRefused() throws Exception {
        SampleTree tree = new SampleTree(directory.resolve("root"));
        tree.file("var/lib/dpkg/real", STATUS);
        Files.createSymbolicLink(tree.root().resolve("var/lib/dpkg/status"), Path.of("real"));

        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> list(tree))
                .withMessageContaining("/var/lib/dpkg/status is a symbolic link");
    }

    @Test
    void isEmptyWithoutADatabase() throws Exception {
        assertThat(list(new SampleTree(directory.resolve("root")))).isEmpty();
    }

    @Test
    void saysThatRpmIsMissing() throws Exception {
        boolean installed = Arrays.stream(System.getenv("PATH").split(":", -1))
                .anyMatch(place -> Files.exists(Path.of(place, "rpm")));
        Assumptions.assumeFalse(installed, "rpm is installed on this machine: its absence is not tested");
        SampleTree tree = new SampleTree(directory.resolve("root"));
        tree.file("var/lib/rpm/rpmdb.sqlite", "database");

        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> list(tree))
                .satisfies(fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.MISSING_ON_MACHINE))
                .satisfies(fault -> assertThat(fault.remedy())
                        .hasValueSatisfying(remedy -> assertThat(remedy).contains("rpm")));
    }
}
