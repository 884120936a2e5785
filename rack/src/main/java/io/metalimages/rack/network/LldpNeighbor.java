package io.metalimages.rack.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a machine has announced by LLDP, as its leaf switch has received it. metal-core takes a machine for alive by these
 * two fields.
 *
 * @param leaf the switch
 * @param systemName should be the machine's UUID
 * @param systemDescription should contain {@code provisioned}
 */
public record LldpNeighbor(String leaf, String systemName, String systemDescription) {

    /** All that makes metal-core take the machine for dead, as sentences; empty if it would not. */
    public static Optional<String> trouble(Optional<LldpNeighbor> heard, String machineUuid) {
        if (heard.isEmpty()) {
            return Optional.of("The switch has received no LLDP from the machine.");
        }
        LldpNeighbor neighbor = heard.get();
        List<String> troubles = new ArrayList<>();
        if (!neighbor.systemName().equals(machineUuid)) {
            troubles.add("The machine announces the system name \"%s\" instead of its UUID, %s."
                    .formatted(neighbor.systemName(), machineUuid));
        }
        if (!neighbor.systemDescription().contains("provisioned")) {
            troubles.add("The machine announces the system description \"%s\", without the word \"provisioned\"."
                    .formatted(neighbor.systemDescription()));
        }
        return troubles.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", troubles));
    }
}
