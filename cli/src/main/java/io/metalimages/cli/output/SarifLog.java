package io.metalimages.cli.output;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A document of OASIS's Static Analysis Results Interchange Format, version 2.1.0: one run of one tool. */
public final class SarifLog {

    private static final String SCHEMA =
            "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    private SarifLog() {}

    /**
     * The document.
     *
     * @param tool its name
     * @param rules all that the tool looks for, so that a page can say that one is no longer breached
     * @param results what it found
     */
    public static String of(String tool, List<Map<String, Object>> rules, List<Map<String, Object>> results) {
        Map<String, Object> driver = new LinkedHashMap<>();
        driver.put("name", tool);
        String version = SarifLog.class.getPackage().getImplementationVersion();
        if (version != null) {
            driver.put("version", version);
        }
        driver.put("rules", rules);
        Map<String, Object> run = new LinkedHashMap<>();
        run.put("tool", Map.of("driver", driver));
        run.put("columnKind", "utf16CodeUnits");
        run.put("results", results);
        Map<String, Object> log = new LinkedHashMap<>();
        log.put("$schema", SCHEMA);
        log.put("version", "2.1.0");
        log.put("runs", List.of(run));
        return Json.of(log) + "\n";
    }
}
