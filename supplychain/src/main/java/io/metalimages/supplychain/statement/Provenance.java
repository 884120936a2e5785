package io.metalimages.supplychain.statement;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an image was made from, and the digests of its files: an in-toto statement, version 1, with SLSA's provenance,
 * version 1. It is the file {@code provenance.json} beside an image; docs/build-type.md describes it.
 *
 * <p>Immutable.
 *
 * @param image what was built, such as {@code debian/12}; empty if it is not told
 * @param date of the sources; empty if it is not told
 * @param subjects the digests of the artifact's files by their names
 * @param revision the commit that it was built from; empty if nobody knows, or if something was changed since
 * @param source where the repository with that commit is
 * @param base what the Dockerfile calls the distribution that it was made from; empty if those are several
 * @param standIn what its packages really are, if it was made from a stand-in for a distribution's archive
 */
public record Provenance(
        Optional<String> image,
        Optional<Instant> date,
        SequencedMap<String, Digest> subjects,
        Optional<String> revision,
        Optional<String> source,
        Optional<String> base,
        Optional<String> standIn) {

    /** The media type of an in-toto statement. */
    public static final String TYPE = "application/vnd.in-toto+json";

    /** The media type of the signed statement, an envelope of DSSE's kind. */
    public static final String SIGNED_TYPE = "application/vnd.dsse.envelope.v1+json";

    /** Says how to read the members that are this program's own. */
    public static final String BUILD_TYPE = "https://images.metal-stack.io/build-type/v1";

    /** Who builds on a machine that no pipeline is known of. */
    public static final String LOCAL_BUILDER = BUILD_TYPE + "#local";

    private static final String PREDICATE = "https://slsa.dev/provenance/v1";
    private static final String GIT_COMMIT = "gitCommit";
    private static final String STAND_IN = "standIn";
    private static final String DEFINITIONS = "definitions";

    public Provenance {
        subjects = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(subjects));
    }

    /**
     * Writes a provenance.
     *
     * @param subjects the digests of all other files, by name
     * @return the file's content
     */
    public static byte[] write(BuildFacts facts, SequencedMap<String, Digest> subjects) {
        ObjectNode predicate = JsonMapper.shared().createObjectNode();
        ObjectNode definition = predicate.putObject("buildDefinition");
        definition.put("buildType", BUILD_TYPE);
        parameters(facts, definition.putObject("externalParameters"));
        definition
                .putObject("internalParameters")
                .put("sourceDateEpoch", facts.date().getEpochSecond());
        dependencies(facts, subjects, definition.putArray("resolvedDependencies"));
        ObjectNode details = predicate.putObject("runDetails");
        ObjectNode builder = details.putObject("builder");
        builder.put("id", facts.builder());
        builder.putObject("version").put("metal-images", facts.program());
        facts.invocation().ifPresent(invocation -> details.putObject("metadata").put("invocationId", invocation));
        return new Statement(PREDICATE, subjects, predicate).toJson();
    }

    private static void parameters(BuildFacts facts, ObjectNode parameters) {
        parameters.put("image", facts.image());
        parameters.put("dockerfile", facts.dockerfile());
        facts.target().ifPresent(target -> parameters.put("target", target));
        ObjectNode arguments = parameters.putObject("buildArguments");
        ArrayNode withheld = JsonMapper.shared().createArrayNode();
        facts.buildArguments().forEach((name, value) -> {
            if (Secrets.isLikely(name, value)) {
                withheld.add(name);
            } else {
                arguments.put(name, Secrets.withoutThoseInAddresses(value));
            }
        });
        if (!withheld.isEmpty()) {
            parameters.set("withheldBuildArguments", withheld);
        }
        ObjectNode contexts = parameters.putObject("contexts");
        facts.contexts().forEach((name, value) -> contexts.put(name, Secrets.withoutThoseInAddresses(value)));
    }

    private static void dependencies(BuildFacts facts, Map<String, Digest> subjects, ArrayNode dependencies) {
        facts.sources().ifPresent(sources -> {
            ObjectNode node = dependencies.addObject();
            node.put("name", DEFINITIONS);
            sources.repository()
                    .ifPresent(repository -> node.put("uri", "git+" + Secrets.withoutThoseInAddresses(repository)));
            node.putObject("digest").put(GIT_COMMIT, sources.commit());
            node.putObject("annotations").put("changed", sources.changed());
        });
        for (BuildFacts.Base base : facts.bases()) {
            for (BuildFacts.SignedList list : base.lists()) {
                ObjectNode node = dependencies.addObject();
                node.put("name", base.name());
                node.put("uri", Secrets.withoutThoseInAddresses(list.address()));
                node.putObject("digest").put(Statement.SHA256, list.content().hex());
                ObjectNode annotations = node.putObject("annotations");
                annotations
                        .put("bootstrapped", base.recipe())
                        .put("suite", list.suite())
                        .put("date", list.date().toString())
                        .put("archiveNamedBy", base.named().name().toLowerCase(Locale.ROOT));
                base.standIn().ifPresent(real -> annotations.put(STAND_IN, real));
            }
        }
        for (BuildFacts.Image image : facts.images()) {
            ObjectNode node = dependencies.addObject();
            node.put("name", image.name());
            node.put("uri", image.location());
            node.putObject("digest").put(Statement.SHA256, image.digest().hex());
            node.putObject("annotations").put("manifest", image.manifest().hex());
        }
        Digest packages = subjects.get(ArtifactLocation.CYCLONEDX);
        if (packages != null) {
            ObjectNode node = dependencies.addObject();
            node.put("name", "packages");
            node.put("uri", ArtifactLocation.CYCLONEDX);
            node.putObject("digest").put(Statement.SHA256, packages.hex());
            node.put("mediaType", "application/vnd.cyclonedx+json");
        }
    }

    /**
     * The provenance of an artifact on this machine; empty if it has none.
     *
     * @throws FaultException if it is damaged
     */
    public static Optional<Provenance> of(ArtifactLocation location) throws IOException {
        Path file = location.sidecar(ArtifactLocation.PROVENANCE);
        try {
            return Optional.of(parse(Files.readAllBytes(file), file.toString()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /**
     * Reads a provenance.
     *
     * @param origin how messages call it
     * @throws FaultException if it is none
     */
    public static Provenance parse(byte[] json, String origin) {
        try {
            Statement statement = Statement.parse(json, PREDICATE, "provenance of SLSA's kind");
            return described(statement.predicate().path("buildDefinition"), statement.subjects());
        } catch (MalformedStatementException
                | JacksonException
                | IllegalArgumentException
                | DateTimeException malformed) {
            throw MalformedStatementException.damaged(
                    origin,
                    malformed,
                    "Do not use the image. Build it again, or fetch it again from where it was built.");
        }
    }

    private static Provenance described(JsonNode definition, SequencedMap<String, Digest> subjects) {
        Optional<String> revision = Optional.empty();
        Optional<String> source = Optional.empty();
        SequencedSet<String> bases = new LinkedHashSet<>();
        Optional<String> standIn = Optional.empty();
        for (JsonNode dependency : definition.path("resolvedDependencies")) {
            String name = dependency.path("name").asString("");
            if (name.equals(DEFINITIONS)) {
                revision = text(dependency.path("digest").path(GIT_COMMIT))
                        .filter(commit ->
                                !dependency.path("annotations").path("changed").asBoolean(true));
                source = text(dependency.path("uri")).map(uri -> uri.replaceFirst("^git\\+", ""));
            } else if (dependency.path("annotations").has("bootstrapped")) {
                bases.add(name);
                standIn = standIn.or(() -> text(dependency.path("annotations").path(STAND_IN)));
            }
        }
        JsonNode date = definition.path("internalParameters").path("sourceDateEpoch");
        return new Provenance(
                text(definition.path("externalParameters").path("image")),
                date.canConvertToLong() ? Optional.of(Instant.ofEpochSecond(date.asLong())) : Optional.empty(),
                subjects,
                revision,
                source,
                bases.size() == 1 ? Optional.of(bases.getFirst()) : Optional.empty(),
                standIn);
    }

    private static Optional<String> text(JsonNode node) {
        return Optional.of(node.asString("")).filter(text -> !text.isEmpty());
    }
}
