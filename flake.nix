# Not evaluated here: no Nix was at hand. `nix run . -- plan --sample hotplug` is what it is meant to do.
{
  description = "ACPI tables, initrd overrides, and the memory zones Linux makes of them";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      each = nixpkgs.lib.genAttrs systems;
    in {
      packages = each (system:
        let pkgs = nixpkgs.legacyPackages.${system};
        in {
          default = pkgs.rustPlatform.buildRustPackage {
            pname = "acpihp";
            version = (builtins.fromTOML (builtins.readFile ./Cargo.toml)).package.version;
            src = self;
            cargoLock.lockFile = ./Cargo.lock;
            nativeBuildInputs = [ pkgs.installShellFiles ];
            # The tests read recordings for minutes; the library's own are enough here.
            cargoTestFlags = [ "--lib" ];
            postInstall = ''
              installManPage man/*.1 man/*.7
              installShellCompletion --bash --name acpihp completions/acpihp.bash
              installShellCompletion --zsh completions/_acpihp
              installShellCompletion --fish completions/acpihp.fish
            '';
            meta = {
              description = "ACPI tables, initrd overrides, and the memory zones Linux makes of them";
              license = with pkgs.lib.licenses; [ mit asl20 ];
              mainProgram = "acpihp";
              platforms = pkgs.lib.platforms.linux;
            };
          };
        });
      devShells = each (system:
        let pkgs = nixpkgs.legacyPackages.${system};
        in {
          default = pkgs.mkShell { packages = with pkgs; [ cargo rustc clippy rustfmt acpica-tools qemu busybox cpio zstd ]; };
        });
    };
}
