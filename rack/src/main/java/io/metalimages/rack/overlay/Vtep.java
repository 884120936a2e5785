package io.metalimages.rack.overlay;

import io.metalimages.rack.sandbox.FabricRoot;
import io.metalimages.rack.sandbox.NetworkNamespace;
import java.io.IOException;
import java.net.Inet4Address;
import java.util.List;

/**
 * The end of VXLAN tunnels on a switch, and the VRFs that they lead to.
 *
 * <p>A VRF is a network namespace here, which FRR is as content with as with a device of the kind {@code vrf}; that kind not
 * every kernel has. The VXLAN device is made in the switch's own namespace, where its packets go on to come and go, and is
 * then moved into the VRF's. It is the only port of a bridge, which thereby is the VRF's SVI. All SVIs of a switch have one
 * MAC address, as the other ends of the tunnels know it by that.
 *
 * @param address where tunnels end
 * @param mac of the SVIs
 */
public record Vtep(Inet4Address address, String mac, List<Vrf> vrfs) {

    /** Largest packet in a tunnel, in bytes, without the Ethernet header. */
    static final int MTU = 9000;

    /**
     * A network of the overlay on this switch.
     *
     * @param namespace whose name is the VRF's
     */
    public record Vrf(NetworkNamespace namespace, VirtualNetwork network) {

        String svi() {
            return "br" + network.vni();
        }

        String tunnel() {
            return "vni" + network.vni();
        }
    }

    public Vtep {
        vrfs = List.copyOf(vrfs);
    }

    /** Makes the devices. */
    public void build(FabricRoot root, NetworkNamespace switchNamespace) throws IOException, InterruptedException {
        root.script(switchNamespace, "ip address add %s/32 dev lo".formatted(address.getHostAddress()));
        for (Vrf vrf : vrfs) {
            root.script(switchNamespace, """
                    ip link add %1$s mtu %5$d type vxlan id %2$d local %3$s dstport 4789 nolearning
                    ip link set %1$s netns /run/netns/%4$s
                    """.formatted(
                            vrf.tunnel(),
                            vrf.network().vni(),
                            address.getHostAddress(),
                            vrf.namespace().name(),
                            MTU));
            root.script(vrf.namespace(), FabricRoot.FORWARDING + """
                    ip link add %1$s mtu %4$d address %3$s type bridge mcast_snooping 0
                    ip link set %2$s mtu %4$d master %1$s addrgenmode none up
                    ip link set %1$s up
                    """.formatted(vrf.svi(), vrf.tunnel(), mac, MTU));
        }
    }

    /** The part of zebra's configuration. */
    public String zebra() {
        StringBuilder lines = new StringBuilder();
        for (Vrf vrf : vrfs) {
            lines.append("""
                    vrf %s
                     vni %d
                    exit-vrf
                    """.formatted(vrf.namespace().name(), vrf.network().vni()));
        }
        return lines.toString();
    }

    /**
     * The part of bgpd's configuration that comes after the switch's own BGP. There is one way to each prefix at a time.
     */
    public String bgpd(long number) {
        StringBuilder lines = new StringBuilder();
        for (Vrf vrf : vrfs) {
            lines.append("""
                    router bgp %d vrf %s
                     bgp router-id %s
                     no bgp network import-check
                     bgp bestpath as-path multipath-relax
                     address-family ipv4 unicast
                      maximum-paths 1
                    %s exit-address-family
                     address-family ipv6 unicast
                      maximum-paths 1
                    %s exit-address-family
                     address-family l2vpn evpn
                      advertise ipv4 unicast
                      advertise ipv6 unicast
                     exit-address-family
                    exit
                    """.formatted(
                            number,
                            vrf.namespace().name(),
                            address.getHostAddress(),
                            networks(vrf, true),
                            networks(vrf, false)));
        }
        return lines.toString();
    }

    private static String networks(Vrf vrf, boolean ipv4) {
        StringBuilder lines = new StringBuilder();
        vrf.network().announced().stream()
                .filter(prefix -> prefix.isIpv4() == ipv4)
                .forEach(prefix -> lines.append("  network ").append(prefix).append('\n'));
        return lines.toString();
    }
}
