package watch

import "syscall"

// remote names the file system of dir if changes made elsewhere (on a server,
// on the host of a virtual machine or container, by a FUSE process, in the directories
// below a stacked file system) send no events here; "" for all others. Numbers: statfs(2)
// and linux/magic.h, the last ones from their modules' sources.
func remote(dir string) string { return remoteUnder("/", dir) }

// remoteUnder is remote where root is the root of the file systems. What a container has
// for its root is stacked, too, and nobody edits the layers of an image while it runs.
func remoteUnder(root, dir string) string {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return ""
	}
	if kind := stackedKinds[uint32(st.Type)]; kind != "" && !sameDevice(root, dir) {
		return kind
	}
	return remoteKinds[uint32(st.Type)]
}

func sameDevice(a, b string) bool {
	var sa, sb syscall.Stat_t
	return syscall.Stat(a, &sa) == nil && syscall.Stat(b, &sb) == nil && sa.Dev == sb.Dev
}

// stackedKinds show files of other directories. Who edits them there, below, sends no
// event to who watches them here, above: a volume of podman with the option O, for one.
var stackedKinds = map[uint32]string{
	0x794c7630: "overlayfs",
	0x61756673: "aufs",
	0x6a656a62: "shiftfs",
}

var remoteKinds = map[uint32]string{
	0x6969:     "NFS",
	0x517b:     "SMB",
	0xfe534d42: "SMB",
	0xff534d42: "SMB", // CIFS
	0x01021997: "9p",  // Windows drives in WSL 2, gVisor, virtual machines
	0x65735546: "FUSE or virtiofs",
	0x564c:     "NCP",
	0x5346414f: "AFS",
	0x6b414653: "AFS",
	0x73757245: "Coda",
	0x00c36400: "Ceph",
	0x01161970: "GFS2",
	0x7461636f: "OCFS2",
	0x0bd00bd0: "Lustre",
	0x47504653: "GPFS",
	0x19830326: "BeeGFS",
	0x786f4256: "VirtualBox shared directories",
	0xbacbacbc: "VMware shared directories",
	0x7c7c6013: "Parallels shared directories",
	0x53464846: "WSL drvfs", // WSL 1
	0x6a656a63: "Docker Desktop's shared directories",
}
