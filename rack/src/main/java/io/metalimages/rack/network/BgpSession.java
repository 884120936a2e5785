package io.metalimages.rack.network;

/**
 * A session with a machine, as its leaf switch sees it.
 *
 * @param leaf the switch
 * @param machineNumber the machine's autonomous system, 0 if it never said so
 * @param state FRR's word for it; {@code Established} if all is well
 * @param prefixes how many IPv4 prefixes the machine announces
 */
public record BgpSession(String leaf, long machineNumber, String state, int prefixes) {

    public boolean isEstablished() {
        return state.equals("Established");
    }
}
