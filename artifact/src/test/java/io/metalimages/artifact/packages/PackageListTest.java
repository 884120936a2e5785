package io.metalimages.artifact.packages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.metalimages.artifact.Program;
import io.metalimages.artifact.SampleTree;
import io.metalimages.common.FaultException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackageListTest {

    @TempDir
    private Path directory;

    private String list(SampleTree tree) throws Exception {
        Path list = directory.resolve("packages.txt");
        try (PackageList packages = PackageList.start(tree.root(), list, directory.resolve("complaints"))) {
            packages.finish();
        }
        return Files.readString(list);
    }

    @Test
    void listsADpkgDatabase() throws Exception {
        Program.assumeInstalled("dpkg-query", "dpkg");
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
        Program.assumeInstalled("dpkg-query", "dpkg");
        SampleTree tree = new SampleTree(directory.resolve("root"));
        tree.file("var/lib/dpkg/status", "this is no database\n");

        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> list(tree))
                .withMessageContaining("var/lib/dpkg/status")
                .satisfies(fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.FAILED_WORK));
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
