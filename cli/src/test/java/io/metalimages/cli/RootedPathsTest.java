package io.metalimages.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FileReader;
import java.io.FileWriter;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What takes paths of an image, a layer, a context or an archive opens them below a root, and has no other way to. */
final class RootedPathsTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.metalimages");

    /** Packages and classes that handle such paths. */
    private static final DescribedPredicate<JavaClass> HANDLES_FOREIGN_PATHS = resideInAPackage(
                    "io.metalimages.engine.files..")
            .or(resideInAPackage("io.metalimages.engine.archive.."))
            .or(nameMatching("io\\.metalimages\\.engine\\.exec\\.(MountStubs|InspectionShell)(\\$.*)?"))
            .or(nameMatching("io\\.metalimages\\.build\\.base\\.(AptBase|RpmBase)(\\$.*)?"))
            .or(nameMatching("io\\.metalimages\\.artifact\\.packages\\.PackageDatabase(\\$.*)?"))
            .or(nameMatching("io\\.metalimages\\.artifact\\.tar\\.(FileTree|FileStatus|TarWriter)(\\$.*)?"))
            .or(nameMatching("io\\.metalimages\\.supplychain\\.TreeFile(\\$.*)?"));

    private static final List<Class<?>> RESOLVE_FROM_THE_ROOT_OF_THE_MACHINE = List.of(
            Files.class,
            File.class,
            FileInputStream.class,
            FileOutputStream.class,
            FileReader.class,
            FileWriter.class,
            RandomAccessFile.class);

    @Test
    void foreignPathsAreOpenedBelowARoot() {
        for (Class<?> type : RESOLVE_FROM_THE_ROOT_OF_THE_MACHINE) {
            noClasses()
                    .that(HANDLES_FOREIGN_PATHS)
                    .should()
                    .dependOnClassesThat()
                    .areAssignableTo(type)
                    .because("RootDirectory opens such paths, and nothing else does")
                    .check(CLASSES);
        }
        noClasses()
                .that(HANDLES_FOREIGN_PATHS)
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "names a file by a path",
                        call -> (call.getTargetOwner().isAssignableTo(FileChannel.class)
                                        && call.getName().equals("open"))
                                || (call.getTargetOwner().isAssignableTo(Path.class)
                                        && call.getName().equals("toRealPath"))))
                .check(CLASSES);
    }
}
