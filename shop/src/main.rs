//! Runs the sample shop: `meshveil-shop [ADDRESS]`, `0.0.0.0:8080` by default.

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "0.0.0.0:8080".to_owned());
    let listener = TcpListener::bind(&address).await?;
    println!("shop: listening on {}", listener.local_addr()?);
    meshveil_shop::serve(listener).await
}
