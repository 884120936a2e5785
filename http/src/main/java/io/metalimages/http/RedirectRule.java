package io.metalimages.http;

import io.metalimages.common.FaultException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Says where servers may lead. */
@FunctionalInterface
public interface RedirectRule {

    /** Anywhere on the web, but not from an encrypted connection to one that is not. */
    RedirectRule NO_DOWNGRADE = (target, origin) -> {
        boolean encrypted = "https".equalsIgnoreCase(target.getScheme());
        boolean plain = "http".equalsIgnoreCase(target.getScheme());
        if (!encrypted && !(plain && "http".equalsIgnoreCase(origin.getScheme()))) {
            throw unencrypted(target, origin, null);
        }
    };

    /**
     * Lets a redirect pass.
     *
     * @param origin who named {@code target}
     * @throws FaultException if it may not lead there
     */
    void requirePermitted(URI target, URI origin);

    /** What to throw where nothing would be encrypted. */
    static FaultException unencrypted(URI target, URI origin, @Nullable String remedy) {
        return FaultException.remote(
                origin.getAuthority() + " leads to " + target.getScheme() + "://" + target.getAuthority()
                        + ", where nothing would be encrypted.",
                remedy);
    }
}
