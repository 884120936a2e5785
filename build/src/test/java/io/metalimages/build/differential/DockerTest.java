package io.metalimages.build.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Has Docker build what is compared with it: the results that are kept have to be what it makes, and random Dockerfiles have to
 * give the same here and there. With {@code -Dmetalimages.differential.write=true} the results are written instead. With {@code
 * -Dmetalimages.differential.frontend=PROGRAM}, BuildKit's {@code dockerfile-frontend} from 0.27 on, the cases in {@code
 * newer.cases} are built, too, which Docker's own does not know.
 */
@Tag("slow")
class DockerTest {

    private static final boolean WRITE = Boolean.getBoolean("metalimages.differential.write");
    private static final int RANDOM_CASES = Integer.getInteger("metalimages.differential.random", 200);
    private static final long SEED = Long.getLong("metalimages.differential.seed", 1);

    private static final int THREADS = 4;

    private static Path directory;
    private static Engine engine;
    private static Docker docker;

    @BeforeAll
    static void start() throws Exception {
        directory = Files.createTempDirectory("docker");
        docker = Docker.start(Files.createDirectories(directory.resolve("docker")));
        engine = new Engine(directory.resolve("engine"));
    }

    @AfterAll
    static void stop() throws Exception {
        if (engine != null) {
            engine.close();
        }
        if (docker != null) {
            docker.close();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static List<String> byDocker(Case wanted, Path context) throws Exception {
        return docker.build(wanted, context, engine.base(), engine.baseTree());
    }

    @Test
    void theResultsThatAreKeptAreDockers() throws Exception {
        compare(CaseFile.all().stream()
                .filter(wanted -> !Docker.isNewer(wanted))
                .toList());
    }

    @Test
    void theResultsOfNewerCasesAreBuildKits() throws Exception {
        assumeTrue(
                Docker.knowsNewer(),
                "Docker's own front end does not know the cases of newer.cases, and no other one was given with "
                        + "-Dmetalimages.differential.frontend");
        compare(CaseFile.all().stream().filter(Docker::isNewer).toList());
    }

    private static void compare(List<Case> cases) throws Exception {
        Map<String, Future<List<String>>> builds = new LinkedHashMap<>();
        Map<String, List<String>> made = new LinkedHashMap<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            for (Case wanted : cases) {
                Path context = directory.resolve("contexts").resolve(wanted.name());
                builds.put(wanted.name(), threads.submit(() -> {
                    wanted.write(context);
                    return byDocker(wanted, context);
                }));
            }
            for (Map.Entry<String, Future<List<String>>> build : builds.entrySet()) {
                made.put(build.getKey(), build.getValue().get());
            }
        }
        if (WRITE) {
            Results.write(made);
        }
        Results kept = new Results();
        for (Map.Entry<String, List<String>> result : made.entrySet()) {
            assertThat(Results.comparable(result.getValue()))
                    .as(result.getKey() + ": " + result.getValue())
                    .isEqualTo(kept.docker(result.getKey()));
        }
    }

    @Test
    void randomDockerfilesGiveTheSame() throws Exception {
        List<String> differences = new ArrayList<>();
        for (long seed = SEED; seed < SEED + RANDOM_CASES; seed++) {
            Case random = RandomCase.of(seed);
            Path context = directory.resolve("random").resolve(Long.toString(seed));
            random.write(context);
            List<String> here = Results.comparable(engine.build(random, context));
            List<String> there = Results.comparable(byDocker(random, context));
            if (!here.equals(there)) {
                differences.add("Seed " + seed + ":\n" + random.files().get(Case.DOCKERFILE) + "\nhere:\n"
                        + String.join("\n", here) + "\nDocker:\n" + String.join("\n", there));
            }
        }
        assertThat(differences).isEmpty();
    }
}
