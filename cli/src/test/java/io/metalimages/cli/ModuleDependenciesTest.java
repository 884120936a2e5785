package io.metalimages.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The rooms of the house are in a row, and each may only use those before it. */
final class ModuleDependenciesTest {

    private static final String HOUSE = "io.metalimages";

    /** In their order, those that are still to be built included. */
    private static final List<String> MODULES = List.of(
            "common",
            "http",
            "dockerfile",
            "engine",
            "registry",
            "build",
            "artifact",
            "delta",
            "supplychain",
            "pipeline",
            "metalapi",
            "rack",
            "store",
            "catalog",
            "mirror",
            "cli");

    /** What tests need is a module, but no part of the program. */
    private static final String TESTING = "testing";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(HOUSE);

    private static DescribedPredicate<JavaClass> in(List<String> modules) {
        return resideInAnyPackage(
                modules.stream().map(module -> HOUSE + "." + module + "..").toArray(String[]::new));
    }

    @TestFactory
    Stream<DynamicTest> eachUsesOnlyThoseBeforeIt() {
        return MODULES.stream()
                .map(module -> DynamicTest.dynamicTest(module, () -> {
                    List<String> later = MODULES.subList(MODULES.indexOf(module) + 1, MODULES.size());
                    noClasses()
                            .that(are(in(List.of(module))))
                            .should()
                            .dependOnClassesThat(in(later))
                            .allowEmptyShould(true)
                            .check(CLASSES);
                }));
    }

    /** More than some twenty files are no longer seen at a glance. */
    @Test
    void noPackageIsLarge() throws IOException {
        for (String module : MODULES) {
            Path sources = Path.of("..", module, "src/main/java");
            if (Files.exists(sources)) {
                try (Stream<Path> files = Files.walk(sources)) {
                    Map<String, Long> packages = files.filter(Files::isRegularFile)
                            .collect(Collectors.groupingBy(
                                    file -> sources.relativize(file.getParent())
                                            .toString()
                                            .replace('/', '.'),
                                    TreeMap::new,
                                    Collectors.counting()));
                    assertThat(packages).isNotEmpty();
                    packages.values().removeIf(count -> count <= 25);
                    assertThat(packages).isEmpty();
                }
            }
        }
    }

    @Test
    void theProgramDoesWithoutWhatTestsNeed() {
        noClasses()
                .that(are(in(MODULES)))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        HOUSE + "." + TESTING + "..", "org.junit..", "org.assertj..", "org.opentest4j.."))
                .check(CLASSES);
    }

    @Test
    void whatTestsNeedDoesWithoutTheProgram() {
        noClasses()
                .that(are(in(List.of(TESTING))))
                .should()
                .dependOnClassesThat(in(MODULES))
                .check(CLASSES);
    }

    @Test
    void packagesUseEachOtherOneWay() {
        slices().assignedFrom(new SliceAssignment() {
                    @Override
                    public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
                        return SliceIdentifier.of(javaClass.getPackageName());
                    }

                    @Override
                    public String getDescription() {
                        return "packages";
                    }
                })
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
    }

    /** Each may use those before it; what the network is made of is the rack's own affair. */
    @Test
    void packagesOfRackAreInARow() {
        String rack = HOUSE + ".rack";
        List<String> row =
                List.of(rack + ".machine", rack + ".network", rack + ".provisioning", rack + ".checks", rack);
        for (int i = 0; i < row.size(); i++) {
            noClasses()
                    .that(resideInAPackage(row.get(i)))
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(row.subList(i + 1, row.size()).toArray(String[]::new)))
                    .check(CLASSES);
        }
        noClasses()
                .that(resideInAPackage(HOUSE + "..").and(DescribedPredicate.not(in(List.of("rack")))))
                .should()
                .dependOnClassesThat(resideInAPackage(rack + ".network"))
                .check(CLASSES);
    }

    /** Whoever wants a store opens one by its URL. */
    @Test
    void onlyTheStoreKnowsItsKinds() {
        String store = HOUSE + ".store";
        noClasses()
                .that(DescribedPredicate.not(in(List.of("store"))))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(store + ".object.directory", store + ".object.s3", store + ".object.gcs"))
                .check(CLASSES);
    }

    @Test
    void dockerfileUsesNothingOfOthers() {
        classes()
                .that(are(in(List.of("dockerfile"))))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(HOUSE + ".dockerfile..", "java..", "org.jspecify.annotations.."))
                .check(CLASSES);
    }

    @Test
    void engineKnowsNoDockerfile() {
        noClasses()
                .that(are(in(List.of("engine"))))
                .should()
                .dependOnClassesThat(in(List.of("dockerfile")))
                .check(CLASSES);
    }

    @Test
    void onlyOneModuleSpeaksHttp() {
        noClasses()
                .that(DescribedPredicate.not(in(List.of("http"))))
                .should()
                .dependOnClassesThat(resideInAPackage("java.net.http.."))
                .because("attempts, limits and redirects are written once, in http")
                .check(CLASSES);
    }

    @Test
    void onlyTheCommandLinePrints() {
        noClasses()
                .that(resideInAPackage(HOUSE + "..").and(DescribedPredicate.not(in(List.of("cli")))))
                .should(ACCESS_STANDARD_STREAMS)
                .check(CLASSES);
        noClasses()
                .that()
                .doNotBelongToAnyOf(Main.class)
                .should(ACCESS_STANDARD_STREAMS)
                .because("commands write to the streams that they are given")
                .check(CLASSES);
    }

    /** Otherwise the rules above would hold for what isn't there. */
    @Test
    void everyModuleOfTheBuildIsInTheRow() throws IOException {
        try (Stream<Path> directories = Files.list(Path.of(".."))) {
            List<String> built = directories
                    .filter(directory -> Files.exists(directory.resolve("pom.xml")))
                    .map(directory -> directory.getFileName().toString())
                    .filter(module -> !module.equals(TESTING))
                    .toList();
            assertThat(MODULES).containsAll(built);
            for (String module : built) {
                assertThat(CLASSES.stream().anyMatch(in(List.of(module))))
                        .as(module)
                        .isTrue();
            }
        }
    }
}
