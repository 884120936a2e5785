package io.metalimages.build.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.testing.Host;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Builds all cases, and compares them with the results that are kept. */
class DifferentialTest {

    private static final int THREADS = 4;
    private static final int FEWEST_CASES = 250;

    @TempDir
    static Path directory;

    private static Results results;
    private static Engine engine;
    private static ExecutorService threads;
    private static final Map<String, Future<List<String>>> BUILDS = new LinkedHashMap<>();

    @BeforeAll
    static void build() throws Exception {
        Host.assumeRoot("run containers");
        results = new Results();
        engine = new Engine(directory.resolve("engine"));
        threads = Executors.newFixedThreadPool(THREADS);
        for (Case wanted : CaseFile.all()) {
            Path context = directory.resolve("contexts").resolve(wanted.name());
            BUILDS.put(wanted.name(), threads.submit(() -> {
                wanted.write(context);
                return engine.build(wanted, context);
            }));
        }
    }

    @AfterAll
    static void close() throws Exception {
        BUILDS.clear();
        if (threads != null) {
            threads.shutdownNow();
            threads.close();
        }
        if (engine != null) {
            engine.close();
        }
    }

    static Stream<String> names() {
        return CaseFile.all().stream().map(Case::name);
    }

    @ParameterizedTest
    @MethodSource("names")
    void makesWhatDockerMakes(String name) throws Exception {
        List<String> built = Objects.requireNonNull(BUILDS.get(name)).get();
        assertThat(String.join("\n", Results.comparable(built)))
                .as(String.join("\n", built))
                .isEqualTo(String.join("\n", results.expected(name)));
    }

    @ParameterizedTest
    @MethodSource("differences")
    void aDifferenceIsWantedOfACaseThatIsThereAndDiffers(String name) throws Exception {
        assertThat(names()).contains(name);
        assertThat(results.expected(name)).isNotEqualTo(results.docker(name));
    }

    static List<String> differences() throws Exception {
        return new Results().wantedDifferences();
    }

    @Test
    void thereAreManyCases() {
        assertThat(names().distinct().count()).isGreaterThanOrEqualTo(FEWEST_CASES);
    }
}
