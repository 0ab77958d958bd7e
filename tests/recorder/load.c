/*
 * Makes memory that the kernel uses in many ways, and then sleeps: what tests of `acpihp removable` look at.
 * Written for a static program that starts in an initrd: `cc -O1 -static load.c -o load`.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MIB (1UL << 20)

static char *memory(size_t bytes, int more)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | more, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* Anonymous memory that is used. */
static void user_memory(size_t bytes)
{
	char *at = memory(bytes, 0);

	for (size_t byte = 0; at && byte < bytes; byte += 4096)
		at[byte] = 1;
}

static void locked_memory(size_t bytes)
{
	char *at = memory(bytes, 0);

	if (!at || mlock(at, bytes))
		perror("mlock");
}

/* One page in each 2 MiB: a page of page tables for every page of memory. */
static void page_tables(size_t count)
{
	char *at = memory(count * 2 * MIB, MAP_NORESERVE);

	madvise(at, count * 2 * MIB, MADV_NOHUGEPAGE);
	for (size_t page = 0; at && page < count; page++)
		at[page * 2 * MIB] = 1;
}

static void huge_pages(size_t count)
{
	char *at = memory(count * 2 * MIB, MAP_HUGETLB);

	for (size_t page = 0; at && page < count; page++)
		at[page * 2 * MIB] = 1;
}

/* Pages of pipes: the kernel's own, and without any flag. */
static void pipes(int count)
{
	static char bytes[65536];

	for (int pipe_number = 0; pipe_number < count; pipe_number++) {
		int ends[2];

		if (pipe(ends))
			return;
		fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
		fcntl(ends[1], F_SETFL, O_NONBLOCK);
		while (write(ends[1], bytes, sizeof(bytes)) > 0)
			;
	}
}

/* A large array of the packet filter: memory of vmalloc(). */
static void kernel_array(unsigned int bytes)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.map_type = BPF_MAP_TYPE_ARRAY;
	attributes.key_size = 4;
	attributes.value_size = 4096;
	attributes.max_entries = bytes / 4096;
	if (syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)) < 0)
		perror("bpf");
}

/* Open files: dentries, inodes and files in slab caches. */
static void files(const char *folder, int count)
{
	char name[64];

	for (int number = 0; number < count; number++) {
		snprintf(name, sizeof(name), "%s/%d", folder, number);
		close(open(name, O_CREAT | O_WRONLY, 0600));
	}
}

int main(int argc, char **argv)
{
	size_t scale = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;

	user_memory(160 * MIB * scale);
	locked_memory(24 * MIB * scale);
	page_tables(800 * scale);
	huge_pages(8 * scale);
	pipes(8 * scale);
	kernel_array(24 * MIB * scale);
	files(argc > 2 ? argv[2] : "/tmp", 8000 * scale);
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
