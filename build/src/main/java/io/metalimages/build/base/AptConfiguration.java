package io.metalimages.build.base;

import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How this machine's apt is configured.
 *
 * @param file read in place of the usual ones; see apt.conf(5)
 */
record AptConfiguration(Optional<String> file) {

    private static final String VARIABLE = "APT_CONFIG";
    private static final Pattern SETTING = Pattern.compile("([a-z]+)='(.+)'");

    /** Where apt finds names and passwords for archives; see apt_auth.conf(5). */
    private static final Map<String, String> CREDENTIALS =
            Map.of("file", "Dir::Etc::netrc", "directory", "Dir::Etc::netrcparts");

    /** What {@code environment} names in {@code APT_CONFIG}. */
    static AptConfiguration of(Map<String, String> environment) {
        return new AptConfiguration(Optional.ofNullable(environment.get(VARIABLE)));
    }

    /** What programs of apt's are started with. */
    Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>(Map.of("LC_ALL", "C.UTF-8"));
        file.ifPresent(name -> environment.put(VARIABLE, name));
        return environment;
    }

    /** Settings by which an apt that works on another root has the credentials of this machine. */
    List<String> credentials(ProcessLauncher launcher) throws IOException, InterruptedException {
        List<String> settings = new ArrayList<>();
        launcher.run(
                List.of("apt-config", "shell", "file", "Dir::Etc::netrc/f", "directory", "Dir::Etc::netrcparts/d"),
                environment(),
                line -> {
                    Matcher setting = SETTING.matcher(line);
                    if (setting.matches() && CREDENTIALS.containsKey(setting.group(1))) {
                        settings.add(CREDENTIALS.get(setting.group(1)) + " \"" + setting.group(2) + "\"");
                    }
                });
        return settings;
    }
}
