package io.metalimages.engine.exec;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The container engines' common seccomp profile (containers-seccomp.json(5)), as the system ships it, reduced to what
 * the OCI runtime specification knows: its conditions on capabilities, architecture and kernel are decided here.
 */
final class SeccompProfile {

    private static final Path SHIPPED = Path.of("/usr/share/containers/seccomp.json");
    private static final JsonMapper JSON = new JsonMapper();
    private static final String ARCHITECTURE = architecture();

    private SeccompProfile() {}

    /**
     * The {@code linux.seccomp} object of a container with these capabilities.
     *
     * @throws FaultException if the system ships no profile
     */
    static Map<String, Object> forCapabilities(Set<String> capabilities) throws IOException {
        if (!Files.exists(SHIPPED)) {
            throw FaultException.missing(
                    "This machine has no seccomp profile for containers (" + SHIPPED + ").",
                    "Install it: apt-get install golang-github-containers-common");
        }
        JsonNode profile = JSON.readTree(Files.readString(SHIPPED));
        Map<String, Object> seccomp = new LinkedHashMap<>();
        seccomp.put("defaultAction", profile.path("defaultAction").asString("SCMP_ACT_ERRNO"));
        if (profile.has("defaultErrnoRet")) {
            seccomp.put("defaultErrnoRet", profile.get("defaultErrnoRet").asInt());
        }
        seccomp.put("architectures", architectures(profile));
        List<Map<String, Object>> systemCalls = new ArrayList<>();
        for (JsonNode rule : profile.path("syscalls")) {
            if (included(rule.path("includes"), capabilities) && !excluded(rule.path("excludes"), capabilities)) {
                systemCalls.add(rule(rule));
            }
        }
        seccomp.put("syscalls", systemCalls);
        return seccomp;
    }

    private static List<String> architectures(JsonNode profile) {
        for (JsonNode entry : profile.path("archMap")) {
            if (entry.path("architecture").asString("").equals("SCMP_ARCH_" + ARCHITECTURE.toUpperCase(Locale.ROOT))) {
                List<String> architectures = new ArrayList<>();
                architectures.add(entry.path("architecture").asString());
                entry.path("subArchitectures").forEach(sub -> architectures.add(sub.asString()));
                return architectures;
            }
        }
        return List.of();
    }

    private static boolean included(JsonNode condition, Set<String> capabilities) {
        return strings(condition.path("caps")).stream().allMatch(capabilities::contains)
                && (condition.path("arches").isEmpty() || namesThisArchitecture(condition.path("arches")))
                && kernelIsAtLeast(condition.path("minKernel").asString(""));
    }

    private static boolean excluded(JsonNode condition, Set<String> capabilities) {
        return strings(condition.path("caps")).stream().anyMatch(capabilities::contains)
                || namesThisArchitecture(condition.path("arches"));
    }

    private static boolean namesThisArchitecture(JsonNode names) {
        String shortName =
                ARCHITECTURE.equals("x86_64") ? "amd64" : ARCHITECTURE.equals("aarch64") ? "arm64" : ARCHITECTURE;
        return strings(names).contains(shortName);
    }

    private static boolean kernelIsAtLeast(String wanted) {
        if (wanted.isEmpty()) {
            return true;
        }
        String[] ours = System.getProperty("os.version").split("[.-]");
        String[] theirs = wanted.split("[.]");
        int major = Integer.compare(Integer.parseInt(ours[0]), Integer.parseInt(theirs[0]));
        return major != 0 ? major > 0 : Integer.parseInt(ours[1]) >= Integer.parseInt(theirs[1]);
    }

    private static Map<String, Object> rule(JsonNode source) {
        Map<String, Object> rule = new LinkedHashMap<>();
        rule.put(
                "names",
                source.has("names")
                        ? strings(source.get("names"))
                        : List.of(source.path("name").asString()));
        rule.put("action", source.path("action").asString());
        if (source.path("errnoRet").isNumber()) {
            rule.put("errnoRet", source.get("errnoRet").asInt());
        }
        if (!source.path("args").isEmpty()) {
            rule.put("args", JSON.convertValue(source.get("args"), List.class));
        }
        return rule;
    }

    private static List<String> strings(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asString)
                .toList();
    }

    private static String architecture() {
        String name = System.getProperty("os.arch");
        return name.equals("amd64") ? "x86_64" : name;
    }
}
