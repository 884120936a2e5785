package io.metalimages.registry.image;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.JsonDocument;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;

/** An image's configuration as JSON. Members that it does not know are left out. */
final class ImageConfigurationJson {

    private ImageConfigurationJson() {}

    static ImageConfiguration read(byte[] bytes, String origin) {
        JsonDocument document = JsonDocument.read(bytes, origin);
        List<Digest> layers = new ArrayList<>();
        for (String written :
                document.object("rootfs").map(files -> files.texts("diff_ids")).orElse(List.of())) {
            layers.add(Descriptor.parse(written)
                    .orElseThrow(() -> FaultException.remote(
                            origin + " names a layer by \"" + ForeignText.line(written)
                                    + "\", which is no SHA-256 digest.",
                            null)));
        }
        return new ImageConfiguration(
                time(document, origin),
                document.optionalText("author").orElse(""),
                document.optionalText("architecture").orElse(""),
                document.optionalText("os").orElse(""),
                document.optionalText("variant").orElse(""),
                document.object("config").map(ImageConfigurationJson::container).orElse(ContainerConfiguration.EMPTY),
                layers,
                document.objects("history").stream()
                        .map(entry -> historyEntry(entry, origin))
                        .toList());
    }

    private static ContainerConfiguration container(JsonDocument config) {
        return new ContainerConfiguration(
                config.optionalText("User").orElse(""),
                config.names("ExposedPorts"),
                environment(config.texts("Env")),
                config.texts("Entrypoint"),
                config.texts("Cmd"),
                config.names("Volumes"),
                config.optionalText("WorkingDir").orElse(""),
                new TreeMap<>(config.textMap("Labels")),
                config.optionalText("StopSignal").orElse(""),
                config.truth("ArgsEscaped"),
                config.object("Healthcheck").map(ImageConfigurationJson::healthCheck),
                config.texts("OnBuild"),
                config.texts("Shell"));
    }

    private static Map<String, String> environment(List<String> assignments) {
        Map<String, String> environment = new LinkedHashMap<>();
        for (String assignment : assignments) {
            int equals = assignment.indexOf('=');
            environment.put(
                    equals < 0 ? assignment : assignment.substring(0, equals),
                    equals < 0 ? "" : assignment.substring(equals + 1));
        }
        return environment;
    }

    private static HealthCheck healthCheck(JsonDocument check) {
        return new HealthCheck(
                check.texts("Test"),
                duration(check, "Interval"),
                duration(check, "Timeout"),
                duration(check, "StartPeriod"),
                duration(check, "StartInterval"),
                Math.toIntExact(Math.clamp(check.optionalNumber("Retries").orElse(0L), 0, Integer.MAX_VALUE)));
    }

    private static Duration duration(JsonDocument check, String member) {
        return Duration.ofNanos(check.optionalNumber(member).orElse(0L));
    }

    private static HistoryEntry historyEntry(JsonDocument entry, String origin) {
        return new HistoryEntry(
                time(entry, origin),
                entry.optionalText("created_by").orElse(""),
                entry.optionalText("comment").orElse(""),
                entry.truth("empty_layer"));
    }

    private static Optional<Instant> time(JsonDocument document, String origin) {
        return document.optionalText("created").filter(text -> !text.isEmpty()).map(text -> {
            try {
                return OffsetDateTime.parse(text).toInstant();
            } catch (DateTimeException e) {
                throw FaultException.remote(
                        origin + " was created at \"" + ForeignText.line(text) + "\", which is no time.", null);
            }
        });
    }

    static byte[] write(ImageConfiguration configuration) {
        Map<String, Object> members = new LinkedHashMap<>();
        put(members, "architecture", configuration.architecture());
        put(members, "author", configuration.author());
        members.put("config", members(configuration.container()));
        configuration.created().ifPresent(time -> members.put("created", time.toString()));
        if (!configuration.history().isEmpty()) {
            members.put(
                    "history",
                    configuration.history().stream()
                            .map(ImageConfigurationJson::members)
                            .toList());
        }
        put(members, "os", configuration.operatingSystem());
        Map<String, Object> files = new LinkedHashMap<>();
        files.put("type", "layers");
        files.put(
                "diff_ids",
                configuration.layers().stream().map(Descriptor::written).toList());
        members.put("rootfs", files);
        put(members, "variant", configuration.variant());
        return JsonDocument.write(members);
    }

    private static Map<String, Object> members(ContainerConfiguration container) {
        Map<String, Object> members = new LinkedHashMap<>();
        put(members, "User", container.user());
        put(members, "ExposedPorts", set(container.exposedPorts()));
        put(
                members,
                "Env",
                container.environment().entrySet().stream()
                        .map(variable -> variable.getKey() + "=" + variable.getValue())
                        .toList());
        put(members, "Entrypoint", container.entrypoint());
        put(members, "Cmd", container.command());
        put(members, "Volumes", set(container.volumes()));
        put(members, "WorkingDir", container.workingDirectory());
        put(members, "Labels", container.labels());
        put(members, "StopSignal", container.stopSignal());
        if (container.commandEscaped()) {
            members.put("ArgsEscaped", true);
        }
        container.healthCheck().ifPresent(check -> members.put("Healthcheck", members(check)));
        put(members, "OnBuild", container.onBuild());
        put(members, "Shell", container.shell());
        return members;
    }

    private static Map<String, Object> members(HealthCheck check) {
        Map<String, Object> members = new LinkedHashMap<>();
        put(members, "Test", check.test());
        put(members, "Interval", check.interval());
        put(members, "Timeout", check.timeout());
        put(members, "StartPeriod", check.startPeriod());
        put(members, "StartInterval", check.startInterval());
        if (check.retries() != 0) {
            members.put("Retries", check.retries());
        }
        return members;
    }

    private static Map<String, Object> members(HistoryEntry entry) {
        Map<String, Object> members = new LinkedHashMap<>();
        entry.created().ifPresent(time -> members.put("created", time.toString()));
        put(members, "created_by", entry.createdBy());
        put(members, "comment", entry.comment());
        if (entry.emptyLayer()) {
            members.put("empty_layer", true);
        }
        return members;
    }

    /** A set as Go has it: names that map to nothing. */
    private static Map<String, Object> set(SortedSet<String> names) {
        Map<String, Object> set = new LinkedHashMap<>();
        names.forEach(name -> set.put(name, Map.of()));
        return set;
    }

    private static void put(Map<String, Object> members, String name, String text) {
        if (!text.isEmpty()) {
            members.put(name, text);
        }
    }

    private static void put(Map<String, Object> members, String name, Collection<String> texts) {
        if (!texts.isEmpty()) {
            members.put(name, texts);
        }
    }

    private static void put(Map<String, Object> members, String name, Map<String, ?> map) {
        if (!map.isEmpty()) {
            members.put(name, map);
        }
    }

    private static void put(Map<String, Object> members, String name, Duration duration) {
        if (!duration.isZero()) {
            members.put(name, duration.toNanos());
        }
    }
}
