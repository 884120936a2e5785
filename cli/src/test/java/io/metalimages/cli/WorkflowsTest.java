package io.metalimages.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Interruption;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Holds the workflows against the program: each of their scripts is run by bash, with what the workflow gives it and
 * nothing else, where the programs that it calls are scripts that only write down how they were called.
 */
final class WorkflowsTest {

    private static final Path WORKFLOWS = Path.of("../.github/workflows");
    private static final Path GITLAB = Path.of("../docs/gitlab-ci.yaml");
    private static final Path DOCUMENT = Path.of("../docs/ci.md");
    private static final Pattern EXPRESSION = Pattern.compile("\\$\\{\\{\\s*(.*?)\\s*}}");
    private static final Pattern PINNED =
            Pattern.compile("[\\w.-]+/[\\w./-]+@[0-9a-f]{40} # v[0-9]+\\.[0-9]+\\.[0-9]+");

    /** What workflows may call besides what bash itself can do. */
    private static final List<String> PROGRAMS =
            List.of("./metal-images", ".ci/run", "bin/make", "bin/git", "bin/gh", "bin/apt-get");

    /** What GitHub tells every step, as far as it is used, and GitLab every job. */
    private static final Map<String, String> GIVEN = Map.of(
            "GITHUB_REF_NAME", "20230710",
            "GITHUB_WORKSPACE", "/workspace",
            "CI_COMMIT_TAG", "20230710",
            "CI_PROJECT_DIR", "/workspace");

    @TempDir
    private Path directory;

    /** A script, and the variables that it is given. */
    private record Script(String name, String text, Map<String, String> environment) {}

    /** How a program was called: its name, and its arguments. */
    private record Call(String program, List<String> arguments) {}

    private static Map<?, ?> yaml(Path file) throws IOException {
        return map(new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file)));
    }

    private static Map<?, ?> map(@Nullable Object value) {
        assertThat(value).isInstanceOf(Map.class);
        return (Map<?, ?>) Objects.requireNonNull(value);
    }

    private static Map<?, ?> optionalMap(Map<?, ?> map, String member) {
        return Optional.<Object>ofNullable(map.get(member))
                .<Map<?, ?>>map(WorkflowsTest::map)
                .orElse(Map.of());
    }

    private static List<?> list(@Nullable Object value) {
        assertThat(value).isInstanceOf(List.class);
        return (List<?>) Objects.requireNonNull(value);
    }

    private static List<Path> workflows() throws IOException {
        try (Stream<Path> files = Files.list(WORKFLOWS)) {
            return files.sorted().toList();
        }
    }

    /** The variables, with something in place of what only GitHub knows. */
    private static void addEnvironment(Map<?, ?> holder, String member, Map<String, String> environment) {
        optionalMap(holder, member)
                .forEach((name, value) -> environment.put(
                        String.valueOf(name),
                        EXPRESSION.matcher(String.valueOf(value)).replaceAll("value-of-" + name)));
    }

    private static List<Script> scripts(Path workflow) throws IOException {
        List<Script> scripts = new ArrayList<>();
        Map<?, ?> root = yaml(workflow);
        optionalMap(root, "jobs").forEach((jobName, job) -> {
            for (Object step : list(map(job).get("steps"))) {
                Object run = map(step).get("run");
                if (run != null) {
                    Map<String, String> environment = new LinkedHashMap<>(GIVEN);
                    addEnvironment(root, "env", environment);
                    addEnvironment(map(job), "env", environment);
                    addEnvironment(map(step), "env", environment);
                    scripts.add(new Script(
                            workflow.getFileName() + ", " + jobName + ", "
                                    + map(step).get("name"),
                            String.valueOf(run),
                            environment));
                }
            }
        });
        return scripts;
    }

    private static List<Script> gitlabScripts() throws IOException {
        Map<?, ?> root = yaml(GITLAB);
        Map<String, String> environment = new LinkedHashMap<>(GIVEN);
        addEnvironment(root, "variables", environment);
        // What docs/ci.md asks the project for.
        String document = Files.readString(DOCUMENT);
        Matcher names = Pattern.compile("`([A-Z][A-Z_]+)`").matcher(document.substring(document.indexOf("## GitLab")));
        while (names.find()) {
            environment.put(names.group(1), "value-of-" + names.group(1));
        }
        List<Script> scripts = new ArrayList<>();
        root.forEach((name, job) -> {
            if (job instanceof Map<?, ?> members) {
                for (String member : List.of("before_script", "script")) {
                    if (members.containsKey(member)) {
                        String text = String.join(
                                "\n",
                                list(members.get(member)).stream()
                                        .map(String::valueOf)
                                        .toList());
                        scripts.add(new Script("gitlab-ci.yaml, " + name + ", " + member, text, environment));
                    }
                }
            }
        });
        return scripts;
    }

    private List<Call> calls(Script script) throws IOException, InterruptedException {
        Path place = Files.createTempDirectory(directory, "script");
        Path record = place.resolve("record");
        for (String program : PROGRAMS) {
            Path file = place.resolve(program);
            Files.createDirectories(file.getParent());
            Files.writeString(
                    file,
                    "#!/bin/bash\n{ printf '%s\\037' \"${0##*/}\" \"$@\"; printf '\\036'; } >>'" + record + "'\n");
            TinyImage.program(file);
        }
        ProcessBuilder builder = new ProcessBuilder("/bin/bash", "-euo", "pipefail", "-c", script.text())
                .directory(place.toFile())
                .redirectErrorStream(true)
                .redirectOutput(place.resolve("output").toFile());
        builder.environment().clear();
        builder.environment().putAll(script.environment());
        builder.environment().put("PATH", place.resolve("bin").toString());
        builder.environment()
                .put(
                        "RUNNER_TEMP",
                        Files.createDirectory(place.resolve("temporary")).toString());
        assertThat(builder.start().waitFor())
                .as(script.name() + ": " + Files.readString(place.resolve("output")))
                .isZero();
        return Arrays.stream(Files.readString(record).split("\036"))
                .map(call -> List.of(call.split("\037")))
                .map(words -> new Call(words.getFirst(), words.subList(1, words.size())))
                .toList();
    }

    @TestFactory
    Stream<DynamicTest> everyCallIsOneThatTheProgramKnows() throws IOException {
        List<Script> scripts = new ArrayList<>(gitlabScripts());
        for (Path workflow : workflows()) {
            scripts.addAll(scripts(workflow));
        }
        assertThat(scripts).hasSizeGreaterThan(8);
        String makefile = Files.readString(Path.of("../Makefile"));
        return scripts.stream()
                .map(script -> DynamicTest.dynamicTest(script.name(), () -> {
                    for (Call call : calls(script)) {
                        switch (call.program()) {
                            case "metal-images" -> requireKnown(call.arguments());
                            case "make" ->
                                assertThat(call.arguments())
                                        .allSatisfy(target -> assertThat(makefile)
                                                .containsPattern("(?m)^" + Pattern.quote(target) + ":"));
                            case "run" -> assertThat(Path.of("../.ci/run")).isExecutable();
                            default -> assertThat(call.program()).isIn("git", "gh", "apt-get");
                        }
                    }
                }));
    }

    private void requireKnown(List<String> arguments) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        CommandContext context = new CommandContext(Map.of(), nowhere, nowhere, directory, new Interruption());
        // Throws if there is no such command or option, or one that is needed is missing.
        assertThat(Main.commandLine(context)
                        .parseArgs(arguments.toArray(String[]::new))
                        .hasSubcommand())
                .isTrue();
    }

    @Test
    void whatPublishesDoesSoOnceAtATimeAndMayDoNothingElse() throws IOException {
        for (Path file : workflows()) {
            Map<?, ?> workflow = yaml(file);
            assertThat(optionalMap(workflow, "permissions")).as(file.toString()).isEqualTo(Map.of("contents", "read"));
            assertThat(optionalMap(workflow, "concurrency").get("group"))
                    .as(file.toString())
                    .isNotNull();
        }
        assertThat(optionalMap(yaml(WORKFLOWS.resolve("main.yaml")), "concurrency"))
                .isEqualTo(Map.of("group", "main", "cancel-in-progress", false));
    }

    @Test
    void mainIsBuiltEachSundayAndReleasesAreTags() throws IOException {
        assertThat(map(list(optionalMap(yaml(WORKFLOWS.resolve("main.yaml")), "on")
                                        .get("schedule"))
                                .getFirst())
                        .get("cron"))
                .isEqualTo("10 1 * * 0");
        Map<?, ?> push = optionalMap(optionalMap(yaml(WORKFLOWS.resolve("release.yaml")), "on"), "push");
        assertThat(list(push.get("tags"))).hasSize(1);
        assertThat("20230710").matches(String.valueOf(list(push.get("tags")).getFirst()));
    }

    @Test
    void actionsOfOthersArePinned() throws IOException {
        for (Path file : workflows()) {
            assertThat(Files.readAllLines(file).stream()
                            .filter(line -> line.contains("uses:"))
                            .map(line -> line.replaceFirst(".*uses: *", "")))
                    .as(file.toString())
                    .isNotEmpty()
                    .allSatisfy(action -> assertThat(action).matches(PINNED));
        }
    }

    /** What somebody else can choose, such as the name of a branch, must not become a part of a script. */
    @Test
    void scriptsHaveNoExpressions() throws IOException {
        for (Path file : workflows()) {
            assertThat(scripts(file))
                    .isNotEmpty()
                    .noneMatch(script -> script.text().contains("${{"));
        }
    }

    @Test
    void whatTheRepositoryHasToProvideIsDocumented() throws IOException {
        String document = Files.readString(DOCUMENT);
        List<String> names = new ArrayList<>();
        for (Path file : workflows()) {
            Matcher matcher = Pattern.compile("\\b(?:vars|secrets)\\.([A-Z_]+)").matcher(Files.readString(file));
            while (matcher.find()) {
                names.add(matcher.group(1));
            }
        }
        assertThat(names).isNotEmpty().allSatisfy(name -> assertThat(document).contains("| `" + name + "` |"));
    }

    /** Whoever writes a pull request chooses what its workflow does. */
    @Test
    void whatPullRequestsReachIsNotWhatMainSignsAndPublishes() throws IOException {
        Path pullRequest = WORKFLOWS.resolve("pull_request.yaml");
        for (Path file : workflows()) {
            boolean isTrusted = !file.equals(pullRequest);
            if (isTrusted) {
                assertThat(placesOf(file)).as(file.toString()).doesNotContainAnyElementsOf(placesOf(pullRequest));
            }
            optionalMap(yaml(file), "jobs")
                    .values()
                    .forEach(job -> assertThat(map(job).get("environment"))
                            .as(file.toString())
                            .isNotNull());
        }
        assertThat(yaml(pullRequest).get("on")).isEqualTo("pull_request");
    }

    /** What one run leaves for another: environments with their secrets, stores, and directories of the runner. */
    private static List<String> placesOf(Path workflow) throws IOException {
        List<String> places = new ArrayList<>();
        Matcher names = Pattern.compile("\\b(?:vars\\.[A-Z_]*STORE_URL|secrets\\.[A-Z_]+)")
                .matcher(Files.readString(workflow));
        while (names.find()) {
            places.add(names.group());
        }
        optionalMap(yaml(workflow), "jobs").values().forEach(job -> {
            places.add("environment " + map(job).get("environment"));
            Map<?, ?> container = optionalMap(map(job), "container");
            if (!container.isEmpty()) {
                list(container.get("volumes")).forEach(volume -> places.add(String.valueOf(volume)));
            }
        });
        return places;
    }

    @Test
    void mergeRequestsHaveARunnerOfTheirOwnAndSignNothing() throws IOException {
        Map<?, ?> pipeline = yaml(GITLAB);
        List<?> usual = list(optionalMap(pipeline, "default").get("tags"));
        assertThat(usual.contains("protected")).isTrue();
        int untrusted = 0;
        for (Object job : pipeline.values()) {
            if (job instanceof Map<?, ?> members
                    && members.containsKey("script")
                    && String.valueOf(members.get("rules")).contains("merge_request_event")) {
                untrusted++;
                assertThat(list(members.get("tags")).contains("protected")).isFalse();
                assertThat(String.valueOf(members.get("script")))
                        .doesNotContain("sign", "$STORE_URL", "$GOOGLE_APPLICATION_CREDENTIALS");
            }
        }
        assertThat(untrusted).isEqualTo(1);
    }
}
