import module java.base;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Measures the way from a Dockerfile to a compressed tarball with its checksum, through Docker and through
 * metal-images. Start it by {@code bench/pipeline}; start reading at {@link #call}. Of metal-images it knows the command
 * line and what {@code build --json} prints, and nothing else.
 *
 * <p>What makes it fair:
 *
 * <ul>
 *   <li>Both sides build the same copy of {@code os/} with the same build arguments, on the same file system, starting
 *       from the same base, which is at hand: Docker has imported it, metal-images has bootstrapped it, and neither has
 *       compressed anything of it. The caches of packages are part of the cache: empty where it is empty.
 *   <li>The sides alternate, and take turns in going first. What one has written is on disk before the other begins.
 *   <li>Docker's image is exported twice, once as people do it, to a file that is then compressed and hashed, and once
 *       through pipes, with the export, the compression and the hashing side by side. The faster of the two counts.
 *   <li>After a change both tarballs must contain it, and the paths in the two tarballs are compared.
 * </ul>
 *
 * <p>The change is an edit that is not committed yet: the time that metal-images gives to files made by the build
 * ({@code SOURCE_DATE_EPOCH}) stays the same.
 */
@CommandLine.Command(
        name = "bench/pipeline",
        sortOptions = false,
        description = "Measures metal-images against docker build, docker export, lz4 -9 and md5sum.",
        footer = {
            "%nRatios are metal-images' median divided by Docker's. The wanted ones are for debian/12;"
                    + " with it, the exit code is 1 if one is exceeded."
        })
final class Pipeline implements Callable<Integer> {

    private static final String JUDGED = "debian/12";
    private static final String SHORT = "short/1";
    private static final double HIGHEST_TARBALL_RATIO = 1.02;

    @Parameters(
            paramLabel = "NAME[/VERSION]",
            arity = "0..1",
            defaultValue = JUDGED,
            description = "What to build. Default: ${DEFAULT-VALUE}")
    private String name;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "3",
            description = "How often. Default: ${DEFAULT-VALUE}")
    private int runs;

    @Option(
            names = "--short",
            description = "See in a minute whether the benchmark itself still works: build bench/short once, and judge"
                    + " no figure.")
    private boolean brief;

    @Option(names = "--definitions", paramLabel = "DIR", description = "Take the definitions from here, not from os/.")
    private Optional<Path> definitions;

    @Option(
            names = "--change",
            paramLabel = "FILE",
            defaultValue = "../settings/rootfs/etc/sysctl.d/80-server.conf",
            description = "The file, relative to the Dockerfile, that a comment line is added to."
                    + " Default: ${DEFAULT-VALUE}")
    private Path changedFile;

    @Option(
            names = "--work",
            paramLabel = "DIR",
            defaultValue = "${env:METAL_IMAGES_STATE:-/var/lib/metal-images}",
            description = "Where layers can lie, and where there is room: 10 GB for debian/12. Default: ${DEFAULT-VALUE}")
    private Path workParent;

    @Option(
            names = "--result",
            paramLabel = "FILE",
            description = "Default: target/bench/pipeline.json; with --short, target/bench/pipeline-short.json")
    private Optional<Path> result;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this and exit.")
    private boolean help;

    private final Path home = Path.of(System.getProperty("metal-images.home"));
    private final Map<Scenario, Map<String, List<Sample>>> samples = new EnumMap<>(Scenario.class);

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Pipeline())
                .setExecutionExceptionHandler((failure, _, _) -> {
                    System.err.println("bench/pipeline: " + failure.getMessage());
                    return 1;
                })
                .execute(arguments));
    }

    /**
     * Compares the two sides. What it has started and made is gone when the JVM exits, also after Ctrl-C. The process
     * has a mount namespace of its own.
     */
    @Override
    public Integer call() throws IOException, InterruptedException {
        if (brief) {
            name = SHORT;
            runs = 1;
            definitions = Optional.of(home.resolve("bench/short"));
            changedFile = Path.of("context/rootfs/etc/sysctl.d/80-server.conf");
        }
        if (runs < 1) {
            throw new IOException("--runs must be at least 1.");
        }
        Path work = Files.createTempDirectory(Files.createDirectories(workParent), "bench-");
        Commands commands = new Commands(work);
        Runtime.getRuntime().addShutdownHook(new Thread(commands::stopAndCleanUp));

        say("Getting ready: a Docker daemon, and the base for both sides.");
        Path os = replaceDefinitions(work.resolve("os"), commands);
        Definition definition = Definition.find(os, name);
        Path change = definition.directory().resolve(changedFile);
        if (!Files.isRegularFile(change)) {
            throw new IOException("There is no file " + changedFile + " to change in " + name + "; see --change.");
        }
        // The short form's image is none that a machine could boot.
        List<String> options = brief ? List.of("--no-check") : List.of();
        MetalImages metalImages = new MetalImages(home, definition, options, work, sourceDate(commands), commands);
        Docker docker = new Docker(definition, work, commands);
        docker.importTarball(definition.base(), metalImages.makeBase(os, definition.base()));
        // Docker 20.10 knows no named contexts, but takes an image of that name.
        for (Map.Entry<String, Path> context : definition.contexts().entrySet()) {
            docker.importDirectory(context.getKey(), context.getValue());
        }
        Map<String, Object> facts = facts(docker, commands);
        facts.forEach((fact, value) -> say("  %-14s %s", fact, value));

        PathComparison paths = measureAll(docker, metalImages, change, commands);
        return report(facts, paths, definition.name().equals(JUDGED)) ? 0 : 1;
    }

    /**
     * The change must not touch the checkout, so a copy lies over its definitions. Only this process and those that it
     * starts see it.
     */
    private Path replaceDefinitions(Path copy, Commands commands) throws IOException, InterruptedException {
        Path os = home.resolve("os");
        commands.run("cp", "-a", definitions.orElse(os), copy);
        commands.run("mount", "--bind", copy, os);
        return os;
    }

    private String sourceDate(Commands commands) throws IOException, InterruptedException {
        String given = System.getenv().getOrDefault("SOURCE_DATE_EPOCH", "");
        if (!given.isEmpty()) {
            return given;
        }
        return Files.exists(home.resolve(".git"))
                ? commands.output("git", "-c", "safe.directory=*", "-C", home, "log", "-1", "--format=%ct")
                : Long.toString(Instant.now().getEpochSecond());
    }

    private PathComparison measureAll(Docker docker, MetalImages metalImages, Path change, Commands commands)
            throws IOException, InterruptedException {
        Optional<PathComparison> paths = Optional.empty();
        for (int run = 1; run <= runs; run++) {
            List<Side> sides = run % 2 == 1 ? List.of(docker, metalImages) : List.of(metalImages, docker);
            String marker = "# added by run " + run + " of bench/pipeline";
            for (Scenario scenario : Scenario.values()) {
                if (scenario == Scenario.ONE_FILE_CHANGED) {
                    Files.writeString(change, "\n" + marker + "\n", StandardOpenOption.APPEND);
                }
                for (Side side : sides) {
                    if (scenario == Scenario.EMPTY_CACHE) {
                        side.forgetAllButTheBase();
                    }
                    commands.run("sync");
                    Sample sample = side.measure();
                    if (scenario != Scenario.EMPTY_CACHE) {
                        requireMarker(marker, side, commands);
                    }
                    samples.computeIfAbsent(scenario, _ -> new LinkedHashMap<>())
                            .computeIfAbsent(side.name(), _ -> new ArrayList<>())
                            .add(sample);
                    say(
                            "run %d of %d  %-16s  %-12s  %8.2f s",
                            run, runs, scenario.title, side.name(), sample.seconds());
                }
            }
            if (paths.isEmpty()) {
                paths = Optional.of(PathComparison.of(docker.tarball(), metalImages.tarball(), commands));
            }
        }
        return paths.orElseThrow();
    }

    private static void requireMarker(String marker, Side side, Commands commands)
            throws IOException, InterruptedException {
        // grep must read to the end, lest lz4 fail to write.
        commands.shell("lz4 -dc \"$1\" | grep -a -F -c -e \"$2\" >/dev/null", side.tarball(), marker);
    }

    private Map<String, Object> facts(Docker docker, Commands commands) throws IOException, InterruptedException {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("processors", Runtime.getRuntime().availableProcessors());
        facts.put("processor", commands.output("sed", "-n", "0,/^model name/s/^model name[^:]*: //p", "/proc/cpuinfo"));
        facts.put("memory", commands.output("sed", "-n", "s/^MemTotal: *//p", "/proc/meminfo"));
        facts.put("load before", commands.output("cut", "-d", " ", "-f", "1-3", "/proc/loadavg"));
        facts.put("kernel", commands.output("uname", "-r"));
        facts.put("system", commands.output("sh", "-c", ". /etc/os-release; echo \"$PRETTY_NAME\""));
        facts.put("file system", commands.output("stat", "--file-system", "--format=%T", workParent));
        facts.put("Docker", docker.version());
        facts.put("runc", commands.output("sh", "-c", "runc --version | sed -n 's/^runc version //p'"));
        facts.put("lz4", commands.output("sh", "-c", "lz4 --version | grep -o 'v[0-9.]*[0-9]'"));
        facts.put("Java", Runtime.version().toString());
        if (Files.exists(home.resolve(".git"))) {
            facts.put(
                    "metal-images",
                    commands.output(
                            "git", "-c", "safe.directory=*", "-C", home,
                            "describe", "--always", "--dirty", "--abbrev=12"));
        }
        return facts;
    }

    /** Whether all is as it is wanted, which it always is if nothing is wanted of this image. */
    private boolean report(Map<String, Object> facts, PathComparison paths, boolean judged) throws IOException {
        double highestTarballRatio = judged ? HIGHEST_TARBALL_RATIO : Double.POSITIVE_INFINITY;
        boolean good = true;
        List<Object> rows = new ArrayList<>();
        say("%n%-26s %12s %12s %7s  %s", "median of " + runs, Docker.NAME, MetalImages.NAME, "ratio", "wanted");
        for (Scenario scenario : Scenario.values()) {
            Summary docker = Summary.of(samples.get(scenario).get(Docker.NAME));
            Summary metalImages = Summary.of(samples.get(scenario).get(MetalImages.NAME));
            double ratio = metalImages.seconds() / docker.seconds();
            double tarballRatio = metalImages.tarballBytes() / docker.tarballBytes();
            double highestRatio = judged ? scenario.highestRatio : Double.POSITIVE_INFINITY;
            good &= ratio <= highestRatio && tarballRatio <= highestTarballRatio;

            say(
                    "%-26s %10.2f s %10.2f s %7.3f  %s",
                    scenario.title, docker.seconds(), metalImages.seconds(), ratio, atMost(highestRatio));
            Set<String> parts = new LinkedHashSet<>(docker.parts().keySet());
            parts.addAll(metalImages.parts().keySet());
            for (String part : parts) {
                say("  %-24s %12s %12s", part, seconds(docker, part), seconds(metalImages, part));
            }
            say(
                    "  %-24s %9.2f MB %9.2f MB %7.3f  %s",
                    "img.tar.lz4",
                    docker.tarballBytes() / 1e6,
                    metalImages.tarballBytes() / 1e6,
                    tarballRatio,
                    atMost(highestTarballRatio));

            Map<String, Object> row = new LinkedHashMap<>();
            row.put("scenario", scenario.title);
            row.put("ratio", ratio);
            row.put("tarballRatio", tarballRatio);
            if (Double.isFinite(highestRatio)) {
                row.put("highestRatio", highestRatio);
            }
            if (Double.isFinite(highestTarballRatio)) {
                row.put("highestTarballRatio", highestTarballRatio);
            }
            row.put("median", Map.of(Docker.NAME, docker, MetalImages.NAME, metalImages));
            row.put("runs", samples.get(scenario));
            rows.add(row);
        }
        say("%nThe time of %s is that of \"build\" and, of the two ways to export, the faster one.", Docker.NAME);
        say(
                "Paths: %d in both tarballs, %d only in Docker's%s, %d only in metal-images'%s.",
                paths.common(),
                paths.onlyInDocker().size(),
                examples(paths.onlyInDocker()),
                paths.onlyInMetalImages().size(),
                examples(paths.onlyInMetalImages()));

        Map<String, Object> all = new LinkedHashMap<>();
        all.put("image", name);
        all.put("machine", facts);
        all.put("scenarios", rows);
        all.put("paths", paths);
        String usual = brief ? "target/bench/pipeline-short.json" : "target/bench/pipeline.json";
        Path file = result.orElse(home.resolve(usual)).toAbsolutePath();
        Files.createDirectories(file.getParent());
        Files.writeString(
                file,
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build().writeValueAsString(all) + "\n");
        say("%nWritten to %s.", file);
        return good;
    }

    private static String atMost(double ratio) {
        return Double.isFinite(ratio) ? "at most %.2f".formatted(ratio) : "";
    }

    private static String seconds(Summary summary, String part) {
        return summary.parts().containsKey(part) ? "%.2f s".formatted(summary.parts().get(part)) : "";
    }

    private static String examples(Collection<String> paths) {
        return paths.isEmpty()
                ? ""
                : paths.stream().limit(3).collect(Collectors.joining(", ", " (", paths.size() > 3 ? ", …)" : ")"));
    }

    private static void say(String format, Object... values) {
        System.out.println(format.formatted(values));
    }
}

/**
 * What a {@code docker-make.yaml} says of one of its builds.
 *
 * @param name {@code debian/12}
 * @param directory with the Dockerfile, and what it copies from
 * @param contexts what the directory's neighbours that no image is made of are called in the Dockerfile
 */
record Definition(String name, Path directory, Map<String, String> arguments, Map<String, Path> contexts) {

    private static final String FILE = "docker-make.yaml";

    static Definition find(Path definitions, String name) throws IOException {
        List<Path> directories;
        try (Stream<Path> entries = Files.list(definitions)) {
            directories = entries.filter(Files::isDirectory).sorted().toList();
        }
        Map<String, Path> contexts = directories.stream()
                .filter(directory -> !Files.exists(directory.resolve(FILE)))
                .collect(Collectors.toMap(directory -> directory.getFileName().toString(), Function.identity()));
        for (Path directory : directories) {
            if (contexts.containsValue(directory)) {
                continue;
            }
            Map<?, ?> file = (Map<?, ?>) new Load(LoadSettings.builder().build())
                    .loadFromString(Files.readString(directory.resolve(FILE)));
            for (Object entry : (List<?>) file.get("builds")) {
                Map<?, ?> build = (Map<?, ?>) entry;
                String full = file.get("name") + "/" + build.get("name");
                boolean isDefault = build.get("name").equals(file.get("default-build-name"));
                if (name.equals(full) || isDefault && name.equals(file.get("name"))) {
                    return new Definition(full, directory, arguments(full, build), contexts);
                }
            }
        }
        throw new IOException("There is no image " + name + " in " + definitions + ".");
    }

    private static Map<String, String> arguments(String name, Map<?, ?> build) throws IOException {
        Map<String, String> arguments = new LinkedHashMap<>();
        if (build.get("build-args") instanceof List<?> list) {
            for (Object argument : list) {
                String[] parts = argument.toString().split("=", 2);
                if (parts.length < 2 || parts[1].contains("$")) {
                    throw new IOException(name + " takes the build argument " + argument
                            + " from the environment; only fixed ones can be given to both sides.");
                }
                arguments.put(parts[0], parts[1]);
            }
        }
        return arguments;
    }

    /** What the Dockerfiles start from. */
    String base() {
        return arguments.getOrDefault("BASE", "debian:bookworm");
    }
}

/** In the order in which they are measured; each begins with what the one before left. */
enum Scenario {
    EMPTY_CACHE("empty cache", 0.65),
    ONE_FILE_CHANGED("one file changed", 0.08),
    NOTHING_CHANGED("nothing changed", 0.03);

    final String title;
    final double highestRatio;

    Scenario(String title, double highestRatio) {
        this.title = title;
        this.highestRatio = highestRatio;
    }
}

/**
 * One way from the Dockerfile to the tarball.
 *
 * @param seconds altogether
 * @param parts in seconds
 */
record Sample(double seconds, Map<String, Double> parts, long tarballBytes) {}

/** Medians, each taken for itself: those of the parts need not add up to that of the whole. */
record Summary(double seconds, Map<String, Double> parts, double tarballBytes) {

    static Summary of(List<Sample> samples) {
        Map<String, Double> parts = new LinkedHashMap<>();
        samples.getFirst()
                .parts()
                .keySet()
                .forEach(part ->
                        parts.put(part, median(samples, sample -> sample.parts().get(part))));
        return new Summary(median(samples, Sample::seconds), parts, median(samples, Sample::tarballBytes));
    }

    private static double median(List<Sample> samples, ToDoubleFunction<Sample> value) {
        double[] sorted = samples.stream().mapToDouble(value).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

/** One of the two that are compared. */
interface Side {

    String name();

    /** The tarball that {@link #measure} made last. */
    Path tarball();

    void forgetAllButTheBase() throws IOException, InterruptedException;

    Sample measure() throws IOException, InterruptedException;
}

/** Docker's tools, with a daemon of their own that knows nothing of another one on this machine. */
final class Docker implements Side {

    static final String NAME = "Docker";

    private static final String IMAGE = "metal-images-bench";
    private static final String CONTAINER = "metal-images-bench";

    /** Debian's, whatever other client comes first in PATH. */
    private static final String CLIENT = "/usr/bin/docker";

    private final Definition definition;
    private final Path output;
    private final Commands commands;

    Docker(Definition definition, Path work, Commands commands) throws IOException, InterruptedException {
        this.definition = definition;
        this.output = Files.createDirectory(work.resolve("docker-output"));
        this.commands = commands;
        Path place = Files.createDirectory(work.resolve("docker"));
        String address = "unix://" + commands.sockets().resolve("docker");
        commands.environment().put("DOCKER_HOST", address);
        commands.environment().put("DOCKER_CONFIG", place.resolve("client").toString());
        commands.environment().put("DOCKER_BUILDKIT", "1");
        Process daemon = commands.startDaemon(
                // Its mounts, and whatever it starts, are to go away with it.
                List.of(
                        "unshare",
                        "--mount",
                        "--propagation=slave",
                        "--pid",
                        "--fork",
                        "--kill-child",
                        "--mount-proc",
                        "/usr/sbin/dockerd",
                        "--host=" + address,
                        "--data-root=" + place.resolve("data"),
                        "--exec-root=" + commands.sockets().resolve("run"),
                        "--pidfile=" + place.resolve("pid"),
                        "--config-file=" + Files.writeString(place.resolve("daemon.json"), "{}"),
                        "--storage-driver=overlay2",
                        "--bridge=none",
                        "--iptables=false",
                        "--ip-forward=false"));
        while (!commands.succeeds(CLIENT, "version")) {
            if (!daemon.isAlive()) {
                throw commands.failureOfDaemon("dockerd did not start");
            }
            Thread.sleep(100);
        }
    }

    String version() throws IOException, InterruptedException {
        return commands.output(CLIENT, "version", "--format", "{{.Server.Version}}") + " with BuildKit, "
                + commands.output(CLIENT, "info", "--format", "{{.Driver}}");
    }

    void importDirectory(String reference, Path root) throws IOException, InterruptedException {
        commands.shell("tar -C \"$1\" --numeric-owner --xattrs -c . | docker import - \"$2\"", root, reference);
    }

    void importTarball(String reference, Path tarball) throws IOException, InterruptedException {
        commands.shell("lz4 -dc \"$1\" | docker import - \"$2\"", tarball, reference);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Path tarball() {
        return output.resolve("img.tar.lz4");
    }

    @Override
    public void forgetAllButTheBase() throws IOException, InterruptedException {
        commands.run(CLIENT, "image", "rm", "--force", IMAGE);
        commands.run(CLIENT, "image", "prune", "--force");
        commands.run(CLIENT, "builder", "prune", "--all", "--force");
    }

    @Override
    public Sample measure() throws IOException, InterruptedException {
        Map<String, Double> parts = new LinkedHashMap<>();
        double build = commands.seconds(() -> {
            List<Object> command = new ArrayList<>(List.of(CLIENT, "build", "--network=host", "--progress=plain"));
            definition.arguments().forEach((argument, value) -> {
                command.add("--build-arg");
                command.add(argument + "=" + value);
            });
            command.addAll(List.of("--tag", IMAGE, definition.directory()));
            commands.run(command.toArray());
            commands.run(CLIENT, "create", "--name", CONTAINER, IMAGE, "true");
        });
        double export = inOutput("docker export " + CONTAINER + " >img.tar");
        double compression = inOutput("lz4 -9 -f img.tar img.tar.lz4");
        double hash = inOutput("md5sum img.tar.lz4 >img.tar.lz4.md5");
        commands.shell("rm \"$1\"/*", output);
        commands.run("sync");
        double piped = inOutput(
                "docker export " + CONTAINER + " | lz4 -9 | tee img.tar.lz4 | md5sum >img.tar.lz4.md5");
        commands.run(CLIENT, "rm", CONTAINER);

        parts.put("build", build);
        parts.put("export", export);
        parts.put("lz4 -9", compression);
        parts.put("md5sum", hash);
        parts.put("export | lz4 -9 | md5sum", piped);
        return new Sample(build + Math.min(export + compression + hash, piped), parts, Files.size(tarball()));
    }

    private double inOutput(String command) throws IOException, InterruptedException {
        return commands.seconds(() -> commands.shell("cd \"$1\" && " + command, output));
    }
}

/** {@code metal-images build}, with a state directory of its own. */
final class MetalImages implements Side {

    static final String NAME = "metal-images";

    private static final JsonMapper JSON = new JsonMapper();

    private final Path launcher;
    private final Definition definition;
    private final String[] options;
    private final Path output;
    private final Path state;
    private final Path stateWithBase;
    private final Commands commands;

    /** @param options of {@code metal-images build} for what is measured */
    MetalImages(
            Path home,
            Definition definition,
            List<String> options,
            Path work,
            String sourceDate,
            Commands commands) {
        this.launcher = home.resolve("metal-images");
        this.definition = definition;
        this.options = options.toArray(String[]::new);
        this.output = work.resolve("metal-images-output");
        this.state = work.resolve("state");
        this.stateWithBase = work.resolve("state-with-base");
        this.commands = commands;
        commands.environment().put("METAL_IMAGES_STATE", state.toString());
        commands.environment().put("SOURCE_DATE_EPOCH", sourceDate);
    }

    /**
     * Bootstraps the base, and keeps the state directory as it is then. So that no part of the base is compressed in
     * there already, it is bootstrapped for an image that takes one small file from it.
     *
     * @return the base as a tarball
     */
    Path makeBase(Path os, String reference) throws IOException, InterruptedException {
        Path place = Files.createDirectory(os.resolve("bench-base"));
        Files.writeString(place.resolve("Dockerfile"), """
                FROM %s AS base
                FROM scratch AS one-file
                COPY --from=base /etc/os-release /etc/os-release
                """.formatted(reference));
        Files.writeString(place.resolve("docker-make.yaml"), """
                version: '1'
                name: bench-base
                builds:
                  - name: one-file
                """);
        build("bench-base/one-file", "--no-check");
        commands.run("cp", "-a", state, stateWithBase);

        Files.writeString(place.resolve("Dockerfile"), "FROM " + reference + "\n");
        build("bench-base/one-file", "--no-check");
        commands.run("rm", "-r", place);
        return tarball("bench-base/one-file");
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Path tarball() {
        return tarball(definition.name());
    }

    private Path tarball(String name) {
        return output.resolve(name).resolve("img.tar.lz4");
    }

    @Override
    public void forgetAllButTheBase() throws IOException, InterruptedException {
        commands.run("rm", "-rf", "--one-file-system", state, output);
        commands.run("cp", "-a", stateWithBase, state);
    }

    @Override
    public Sample measure() throws IOException, InterruptedException {
        AtomicReference<String> json = new AtomicReference<>();
        double all = commands.seconds(() -> json.set(build(definition.name(), options)));
        var image = JSON.readTree(json.get()).at("/images/0");
        for (var step : image.required("steps")) {
            if (step.required("name").asString().startsWith("FROM ") && !step.required("cached").asBoolean()) {
                throw new IOException("The base was not at hand: " + step);
            }
        }
        var seconds = image.required("seconds");
        double build = seconds.required("build").asDouble();
        double export = seconds.required("export").asDouble();

        Map<String, Double> parts = new LinkedHashMap<>();
        parts.put("start and end", all - build - export);
        parts.put("build", build);
        parts.put("export", export);
        return new Sample(all, parts, Files.size(tarball()));
    }

    private String build(String name, String... options) throws IOException, InterruptedException {
        List<Object> command = new ArrayList<>(List.of(
                launcher, "build", name, "--output", output, "--json", "--progress", "plain"));
        command.addAll(List.of(options));
        return commands.output(command.toArray());
    }
}

/** Which paths two tarballs have in common. */
record PathComparison(int common, SortedSet<String> onlyInDocker, SortedSet<String> onlyInMetalImages) {

    static PathComparison of(Path docker, Path metalImages, Commands commands)
            throws IOException, InterruptedException {
        SortedSet<String> onlyInDocker = paths(docker, commands);
        SortedSet<String> onlyInMetalImages = paths(metalImages, commands);
        SortedSet<String> common = new TreeSet<>(onlyInDocker);
        common.retainAll(onlyInMetalImages);
        onlyInDocker.removeAll(common);
        onlyInMetalImages.removeAll(common);
        return new PathComparison(common.size(), onlyInDocker, onlyInMetalImages);
    }

    private static SortedSet<String> paths(Path tarball, Commands commands) throws IOException, InterruptedException {
        return commands.output("bash", "-c", "set -o pipefail; lz4 -dc \"$1\" | tar -t", "bash", tarball)
                .lines()
                .map(path -> path.replaceFirst("^\\./", "").replaceFirst("/$", ""))
                .filter(path -> !path.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}

/** Runs one command at a time, and a daemon beside them, in directories that go away in the end. */
final class Commands {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Path work;
    private final Path sockets;
    private final Path log;
    private final Path daemonLog;
    private final Map<String, String> environment = new HashMap<>();
    private final List<Process> daemons = new ArrayList<>();
    private Optional<Process> running = Optional.empty();
    private boolean stopped;

    /** Something that takes time. */
    @FunctionalInterface
    interface Work {
        void perform() throws IOException, InterruptedException;
    }

    Commands(Path work) throws IOException {
        this.work = work;
        this.sockets = Files.createTempDirectory(Path.of("/run"), "bench-");
        this.log = work.resolve("log");
        this.daemonLog = work.resolve("daemon-log");
    }

    /** What commands that are started from now on find in their environment, in addition to this program's. */
    Map<String, String> environment() {
        return environment;
    }

    /** For sockets, whose paths must not be longer than 107 bytes. */
    Path sockets() {
        return sockets;
    }

    double seconds(Work work) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        work.perform();
        return (System.nanoTime() - begun) / 1e9;
    }

    void run(Object... command) throws IOException, InterruptedException {
        output(command);
    }

    /** Runs a line of bash, with Debian's tools first in PATH. It fails if any part of a pipe does. */
    void shell(String line, Object... arguments) throws IOException, InterruptedException {
        List<Object> command = new ArrayList<>(
                List.of("bash", "-c", "PATH=/usr/bin:$PATH; set -o pipefail; " + line, "bash"));
        command.addAll(List.of(arguments));
        run(command.toArray());
    }

    /** What a command prints, without line ends at its end. */
    String output(Object... command) throws IOException, InterruptedException {
        Process process = start(command);
        String output = process.inputReader().readAllAsString();
        int status = process.waitFor();
        if (status != 0) {
            throw failure(words(command) + " failed with status " + status);
        }
        return output.stripTrailing();
    }

    boolean succeeds(Object... command) throws IOException, InterruptedException {
        Process process = start(command);
        process.inputReader().readAllAsString();
        return process.waitFor() == 0;
    }

    private IOException failure(String message) throws IOException {
        return failure(message, log);
    }

    IOException failureOfDaemon(String message) throws IOException {
        return failure(message, daemonLog);
    }

    /** Tells what was printed last, unless the failure is but a consequence of the end. */
    private synchronized IOException failure(String message, Path log) throws IOException {
        if (stopped) {
            return new IOException("Stopped.");
        }
        List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
        return new IOException(message + ":\n  "
                + String.join("\n  ", lines.subList(Math.max(0, lines.size() - 20), lines.size())));
    }

    private synchronized Process start(Object... command) throws IOException {
        Process process = builder(Stream.of(command).map(Object::toString).toList()).start();
        process.getOutputStream().close();
        running = Optional.of(process);
        return process;
    }

    synchronized Process startDaemon(List<String> command) throws IOException {
        Process process = builder(command)
                .redirectErrorStream(true)
                .redirectOutput(daemonLog.toFile())
                .start();
        daemons.add(process);
        return process;
    }

    private ProcessBuilder builder(List<String> command) throws IOException {
        if (stopped) {
            throw new IOException("Stopped.");
        }
        // In a session of its own, Ctrl-C does not reach it: stopAndCleanUp ends everything in order.
        List<String> inSession = new ArrayList<>(List.of("setsid"));
        inSession.addAll(command);
        ProcessBuilder builder =
                new ProcessBuilder(inSession).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        return builder;
    }

    private static String words(Object... command) {
        return Stream.of(command).map(Object::toString).collect(Collectors.joining(" "));
    }

    /** Ends what was started, waits until it has, and deletes the directory. Nothing can be started afterwards. */
    void stopAndCleanUp() {
        List<ProcessHandle> processes = new ArrayList<>();
        synchronized (this) {
            stopped = true;
            running.map(Process::toHandle).ifPresent(command -> {
                processes.add(command);
                command.descendants().forEach(processes::add);
            });
        }
        try {
            for (ProcessHandle process : processes) {
                end(process);
            }
            daemons.forEach(Commands::kill);
            int status = new ProcessBuilder("rm", "-rf", "--one-file-system", work.toString(), sockets.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
            if (status != 0) {
                System.err.println("bench/pipeline: Delete " + work + " and " + sockets + " yourself.");
            }
        } catch (IOException | InterruptedException e) {
            System.err.println("bench/pipeline: Delete " + work + " and " + sockets + " yourself: " + e.getMessage());
        }
    }

    /** What a daemon has is of no more use. With it ends all that runs in its namespace. */
    private static void kill(Process unshare) {
        List<ProcessHandle> children = unshare.children().toList();
        children.forEach(ProcessHandle::destroyForcibly);
        if (children.isEmpty()) {
            unshare.destroyForcibly();
        }
        unshare.onExit().join();
    }

    private static void end(ProcessHandle process) {
        process.destroy();
        try {
            process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            process.destroyForcibly();
            process.onExit().join();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
