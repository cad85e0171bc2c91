package watch

import "syscall"

// remote names the file system of dir if changes made elsewhere (on a server,
// on the host of a virtual machine or container, by a FUSE process) send no
// events here; "" for all others. Numbers: statfs(2) and linux/magic.h, the
// last ones from their modules' sources.
func remote(dir string) string {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return ""
	}
	return remoteKinds[uint32(st.Type)]
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
}
