package io.metalimages.supplychain.statement;

import static io.metalimages.supplychain.statement.MalformedStatementException.require;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A {@link TestResult} as an in-toto statement with in-toto's test-result predicate, version 0.1. */
final class TestResultStatement {

    static final String PREDICATE = "https://in-toto.io/attestation/test-result/v0.1";

    /** Says how to read the configuration; the profile follows. */
    private static final String TEST_TYPE = "https://images.metal-stack.io/test-type/v1#";

    private static final String PROGRAM = "pkg:generic/metal-images@";
    private static final String REMEDY = "Test the image again, or fetch it again from where it was tested.";

    private TestResultStatement() {}

    static byte[] write(TestResult result) {
        SequencedMap<String, Digest> subjects = new LinkedHashMap<>();
        subjects.put(ArtifactLocation.TARBALL, result.tarball());
        ObjectNode predicate = JsonMapper.shared().createObjectNode();
        predicate.put("result", result.outcome().name());
        configure(result, predicate.putArray("configuration"));
        addAll(result.passedTests(), predicate.putArray("passedTests"));
        predicate.putArray("warnedTests");
        addAll(result.failedTests(), predicate.putArray("failedTests"));
        return new Statement(PREDICATE, subjects, predicate).toJson();
    }

    private static void configure(TestResult result, ArrayNode configuration) {
        TestSetup setup = result.setup();
        ObjectNode test = configuration.addObject();
        test.put("name", "test");
        test.put("uri", TEST_TYPE + result.profile().label());
        ObjectNode annotations = test.putObject("annotations");
        annotations.put("image", result.image()).put("started", result.started().toString());
        result.finished().ifPresent(time -> annotations.put("finished", time.toString()));
        annotations
                .put("role", setup.role())
                .put("network", setup.network())
                .put("burn", setup.burn())
                .put("reboots", setup.reboots())
                .put("baseline", setup.baseline())
                .put("acceleration", setup.acceleration());
        addAll(result.leftOut(), annotations.putArray("leftOut"));
        addAll(result.notApplicable(), annotations.putArray("notApplicable"));
        input("layout", setup.layout(), configuration);
        input("allocation", setup.allocation(), configuration);
        setup.userdata().ifPresent(userdata -> input("userdata", userdata, configuration));
        setup.hammer().ifPresent(hammer -> {
            file("hammer/vmlinuz", hammer.kernel(), configuration.addObject());
            file("hammer/initramfs", hammer.initramfs(), configuration.addObject());
        });
        configuration.addObject().put("name", "program").put("uri", PROGRAM + setup.program());
    }

    private static void input(String name, TestSetup.Input input, ArrayNode configuration) {
        ObjectNode node = configuration.addObject();
        file(name, input.content(), node);
        node.putObject("annotations").put("name", input.name());
    }

    private static void file(String name, Digest content, ObjectNode node) {
        node.put("name", name).putObject("digest").put(Statement.SHA256, content.hex());
    }

    private static void addAll(List<String> texts, ArrayNode array) {
        texts.forEach(array::add);
    }

    static TestResult parse(byte[] json, String origin) {
        try {
            return read(Statement.parse(json, PREDICATE, "test result of in-toto's kind"));
        } catch (MalformedStatementException
                | JacksonException
                | IllegalArgumentException
                | DateTimeException malformed) {
            throw MalformedStatementException.damaged(origin, malformed, REMEDY);
        }
    }

    private static TestResult read(Statement statement) throws MalformedStatementException {
        Digest tarball = statement.subjects().get(ArtifactLocation.TARBALL);
        if (tarball == null || statement.subjects().size() != 1) {
            throw new MalformedStatementException("it does not speak of " + ArtifactLocation.TARBALL + " alone");
        }
        Map<String, JsonNode> configuration = configuration(statement.predicate());
        JsonNode test = named("test", configuration);
        JsonNode annotations = test.path("annotations");
        TestResult result = new TestResult(
                tarball,
                text(annotations, "image"),
                Instant.parse(text(annotations, "started")),
                annotations.has("finished")
                        ? Optional.of(Instant.parse(text(annotations, "finished")))
                        : Optional.empty(),
                setup(annotations, configuration),
                texts(statement.predicate(), "passedTests"),
                texts(statement.predicate(), "failedTests"),
                texts(annotations, "leftOut"),
                texts(annotations, "notApplicable"));
        requireAgreement(statement.predicate(), test, result);
        return result;
    }

    /** What it says twice, in in-toto's words and in this program's, is the same. */
    private static void requireAgreement(JsonNode predicate, JsonNode test, TestResult result)
            throws MalformedStatementException {
        Set<String> names = new HashSet<>();
        for (List<String> tests : List.of(result.passedTests(), result.failedTests())) {
            for (String name : tests) {
                require(names.add(name), "it has the test \"" + name + "\" twice");
            }
        }
        require(texts(predicate, "warnedTests").isEmpty(), "it has tests that passed with a warning");
        require(
                predicate.path("result").asString("").equals(result.outcome().name()),
                "it says " + predicate.path("result").asString("nothing") + ", and its tests say " + result.outcome());
        require(
                test.path("uri")
                        .asString("")
                        .equals(TEST_TYPE + result.profile().label()),
                "it does not say that its profile is " + result.profile().label());
    }

    private static Map<String, JsonNode> configuration(JsonNode predicate) throws MalformedStatementException {
        Map<String, JsonNode> configuration = new LinkedHashMap<>();
        for (JsonNode node : predicate.path("configuration")) {
            String name = text(node, "name");
            require(configuration.put(name, node) == null, "it tells of " + name + " twice");
        }
        return configuration;
    }

    private static TestSetup setup(JsonNode annotations, Map<String, JsonNode> configuration)
            throws MalformedStatementException {
        Optional<JsonNode> kernel = Optional.ofNullable(configuration.get("hammer/vmlinuz"));
        Optional<JsonNode> initramfs = Optional.ofNullable(configuration.get("hammer/initramfs"));
        require(kernel.isPresent() == initramfs.isPresent(), "it tells of half a hammer");
        JsonNode reboots = annotations.path("reboots");
        require(reboots.isInt() && reboots.asInt() >= 0, "it does not tell of reboots");
        require(annotations.path("baseline").isBoolean(), "it does not tell of the baseline");
        String program = text(named("program", configuration), "uri");
        require(program.startsWith(PROGRAM), "it was not made by this program");
        return new TestSetup(
                text(annotations, "role"),
                input("layout", configuration),
                input("allocation", configuration),
                configuration.containsKey("userdata")
                        ? Optional.of(input("userdata", configuration))
                        : Optional.empty(),
                text(annotations, "network"),
                text(annotations, "burn"),
                reboots.asInt(),
                annotations.path("baseline").asBoolean(),
                text(annotations, "acceleration"),
                kernel.isPresent() && initramfs.isPresent()
                        ? Optional.of(new TestSetup.Hammer(digest(kernel.get()), digest(initramfs.get())))
                        : Optional.empty(),
                program.substring(PROGRAM.length()));
    }

    private static TestSetup.Input input(String name, Map<String, JsonNode> configuration)
            throws MalformedStatementException {
        JsonNode node = named(name, configuration);
        return new TestSetup.Input(text(node.path("annotations"), "name"), digest(node));
    }

    private static JsonNode named(String name, Map<String, JsonNode> configuration) throws MalformedStatementException {
        JsonNode node = configuration.get(name);
        if (node == null) {
            throw new MalformedStatementException("it does not tell of the " + name);
        }
        return node;
    }

    private static Digest digest(JsonNode node) {
        return new Digest(node.path("digest").path(Statement.SHA256).asString(""));
    }

    private static String text(JsonNode node, String member) throws MalformedStatementException {
        String text = node.path(member).isString() ? node.path(member).asString() : "";
        require(!text.isEmpty(), "it does not tell of the " + member);
        return text;
    }

    private static List<String> texts(JsonNode node, String member) throws MalformedStatementException {
        List<String> texts = new ArrayList<>();
        for (JsonNode text : node.path(member)) {
            require(text.isString() && !text.asString().isEmpty(), "its " + member + " are not names");
            texts.add(text.asString());
        }
        return texts;
    }
}
