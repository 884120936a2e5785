package io.metalimages.cli.command.register;

import io.metalimages.common.FaultException;
import io.metalimages.metalapi.Authentication;
import io.metalimages.metalapi.MetalApiOptions;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;

/** The way to the metal-api that the user means. */
public record MetalApiAccess(MetalApiSettings settings, Map<String, String> environment) {

    private static final String ADDRESS_VARIABLE = "METALCTL_API_URL";

    /** Whether the user says which it is. */
    public boolean isNamed() {
        return settings.address().isPresent()
                || !environment.getOrDefault(ADDRESS_VARIABLE, "").isEmpty();
    }

    /**
     * How to talk to it.
     *
     * @param notes is told of failures that are not the last
     * @throws FaultException if the user does not say which it is, or has nothing to show to it
     */
    public MetalApiOptions options(Consumer<String> notes) throws IOException {
        String address = settings.address().orElse(environment.getOrDefault(ADDRESS_VARIABLE, ""));
        if (address.isEmpty()) {
            throw FaultException.wrongInput(
                    "It is not said which metal-api is meant.",
                    "Give its address by --api URL, or in the variable " + ADDRESS_VARIABLE + ".");
        }
        return MetalApiOptions.usual(
                address, Authentication.find(environment, settings.keyFile(), settings.tokenFile()), notes);
    }
}
