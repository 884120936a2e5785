package io.metalimages.cli.output;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a command has to tell, for programs. Sizes are in bytes, times in seconds, shares between 0 and 1; categories of
 * errors are the names of {@link io.metalimages.common.FaultException.Category}. Members may be added, none is renamed.
 */
public final class JsonText {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private JsonText() {}

    public static String of(Map<String, Object> members) {
        return JSON.writeValueAsString(members);
    }

    public static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    static Map<String, Object> problem(Problem problem) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("category", problem.category().name());
        members.put("exitCode", problem.exitCode());
        members.put("message", problem.message());
        problem.location()
                .ifPresent(location ->
                        members.put("location", pair("file", location.file(), "line", location.firstLine())));
        problem.remedy().ifPresent(remedy -> members.put("remedy", remedy));
        problem.log().ifPresent(log -> members.put("log", log.toString()));
        if (!problem.lastLines().isEmpty()) {
            members.put("lastLines", problem.lastLines());
        }
        return members;
    }

    public static Map<String, Object> pair(String name, Object value, String otherName, Object otherValue) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put(name, value);
        members.put(otherName, otherValue);
        return members;
    }
}
