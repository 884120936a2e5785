package io.metalimages.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.victools.jsonschema.generator.CustomDefinition;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import com.github.victools.jsonschema.module.jackson.JacksonOption;
import com.github.victools.jsonschema.module.jackson.JacksonSchemaModule;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The schemas of what commands print with {@code --json}, made from the records that they print. */
final class DocumentSchemas {

    static final Path DIRECTORY = Path.of("../docs/schemas");

    /**
     * What a command prints.
     *
     * @param array which the results are elements of; empty if their members are the object's own
     * @param results the classes of results, below {@code io.metalimages.cli.command}; only one of them comes of one call
     */
    private record Output(Optional<String> array, List<String> results) {}

    private static final Map<String, Output> OUTPUTS = new LinkedHashMap<>();

    static {
        add("build", "images", "build.ImageResult");
        add(
                "docker-build",
                "",
                "docker.DockerBuildResult",
                "docker.LintReportResult",
                "docker.TargetsResult",
                "docker.OutlineResult");
        add("docker-make", "", "docker.DockerMakeResult", "docker.LintReportResult");
        add("list", "", "build.ImageList", "store.StoreListing");
        add("new", "", "build.NewResult");
        add("check", "checks", "check.CheckedImage");
        add("diff", "", "check.DiffResult");
        add("test", "tests", "test.TestedImage");
        add("sign", "signatures", "sign.SignResult");
        add("verify", "verifications", "sign.VerifyResult");
        add("publish", "", "store.PublishResult", "store.RestoreResult");
        add("release", "", "store.ReleaseResult", "store.WithdrawResult");
        add("register", "registered", "register.RegisterResult");
        add("prune", "", "store.PruneResult", "store.RestoreResult");
        add("catalog", "", "store.CatalogResult");
        add("push", "pushes", "push.PushResult");
        add("cache usage", "", "cache.CacheUsageResult");
        add("cache explain", "", "cache.CacheExplainResult");
        add("cache prune", "", "cache.CachePruneResult");
        add("cache verify", "", "cache.CacheVerifyResult");
    }

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private DocumentSchemas() {}

    private static void add(String command, String array, String... results) {
        OUTPUTS.put(command, new Output(Optional.of(array).filter(name -> !name.isEmpty()), List.of(results)));
    }

    /** The names of all results that have a schema. */
    static List<String> results() {
        return OUTPUTS.values().stream()
                .flatMap(output -> output.results().stream())
                .distinct()
                .map(result -> "io.metalimages.cli.command." + result)
                .toList();
    }

    /** The text of each schema, by the name of its file. */
    static Map<String, String> generated() throws ReflectiveOperationException {
        SchemaGenerator generator = generator();
        Map<String, String> schemas = new LinkedHashMap<>();
        for (Map.Entry<String, Output> entry : OUTPUTS.entrySet()) {
            schemas.put(
                    entry.getKey().replace(' ', '-') + ".json",
                    JSON.writeValueAsString(schema(generator, entry.getKey(), entry.getValue())) + "\n");
        }
        return schemas;
    }

    private static ObjectNode schema(SchemaGenerator generator, String command, Output output)
            throws ReflectiveOperationException {
        ObjectNode schema = JSON.createObjectNode();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("title", "metal-images " + command + " --json");
        schema.put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        ObjectNode failure = generate(generator, "io.metalimages.cli.output.FailureDocument");
        properties.set("error", failure.get("properties").get("error"));
        for (String result : output.results()) {
            ObjectNode document = generate(generator, "io.metalimages.cli.command." + result);
            if (output.array().isPresent()) {
                properties.putObject(output.array().get()).put("type", "array").set("items", document);
            } else {
                document.get("properties")
                        .properties()
                        .forEach(member -> properties.set(member.getKey(), member.getValue()));
                ObjectNode whole = JSON.createObjectNode();
                whole.set("required", document.get("required"));
                schema.withArray("anyOf").add(whole);
            }
        }
        if (schema.has("anyOf")) {
            schema.withArray("anyOf").addObject().putArray("required").add("error");
        }
        return schema;
    }

    /** The schema of a result's document, or of a document itself. */
    private static ObjectNode generate(SchemaGenerator generator, String name) throws ReflectiveOperationException {
        Class<?> type = Class.forName(name);
        Optional<Method> document = Arrays.stream(type.getDeclaredMethods())
                .filter(method -> method.getName().equals("json") && !method.isBridge())
                .findFirst();
        ObjectNode schema = (ObjectNode) (JsonNode) generator.generateSchema(
                document.<Class<?>>map(Method::getReturnType).orElse(type));
        schema.remove("$schema");
        withoutNull(schema);
        return schema;
    }

    /** What is not known is left out, never null. */
    private static void withoutNull(JsonNode schema) {
        if (schema instanceof ObjectNode object && object.path("type").isArray()) {
            object.set("type", object.get("type").get(0));
        }
        schema.forEach(DocumentSchemas::withoutNull);
    }

    private static SchemaGenerator generator() {
        SchemaGeneratorConfigBuilder builder = new SchemaGeneratorConfigBuilder(
                        SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON)
                .with(new JacksonSchemaModule(JacksonOption.IGNORE_PROPERTY_NAMING_STRATEGY))
                .with(
                        Option.FLATTENED_OPTIONALS,
                        Option.MAP_VALUES_AS_ADDITIONAL_PROPERTIES,
                        Option.INLINE_ALL_SCHEMAS);
        builder.forFields()
                .withRequiredCheck(field -> !field.isFakeContainerItemScope()
                        && field.getRawMember().getType() != Optional.class)
                .withNullableCheck(_ -> false);
        builder.forTypesInGeneral().withCustomDefinitionProvider((type, _) -> {
            Class<?> erased = type.getErasedType();
            if (erased == Duration.class) {
                return definition("number", Optional.empty());
            }
            if (erased == Instant.class) {
                return definition("string", Optional.of("date-time"));
            }
            if (erased == URI.class) {
                return definition("string", Optional.of("uri"));
            }
            return Path.class.isAssignableFrom(erased) ? definition("string", Optional.empty()) : null;
        });
        return new SchemaGenerator(builder.build());
    }

    private static CustomDefinition definition(String type, Optional<String> format) {
        ObjectNode node = JSON.createObjectNode().put("type", type);
        format.ifPresent(name -> node.put("format", name));
        return new CustomDefinition(node);
    }

    /** Fails unless a program that reads what a command printed may trust the command's schema. */
    static void requireValid(List<String> arguments, String output) throws IOException {
        Optional<String> command = OUTPUTS.keySet().stream()
                .filter(name -> arguments.size() >= name.split(" ").length
                        && String.join(" ", arguments.subList(0, name.split(" ").length))
                                .equals(name))
                .findFirst();
        if (command.isPresent()) {
            String schema = Files.readString(DIRECTORY.resolve(command.get().replace(' ', '-') + ".json"));
            assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                            .getSchema(schema)
                            .validate(output, InputFormat.JSON))
                    .as(String.join(" ", arguments) + ": " + output)
                    .isEmpty();
        }
    }
}
