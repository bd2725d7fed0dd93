use crate::open_integer::open_integer;

open_integer! {
    /// An HTTP method that an endpoint can implement.
    ///
    /// Later versions of the contract may name more of them. A plugin built for an older version does not implement
    /// them, so the response is 405.
    ///
    /// # Source
    /// TorchServe SDK `ModelServerEndpoint`: `doGet`, `doPost`, `doPut`, `doDelete`.
    ///
    /// # Since
    /// 1.0
    Method {
        /// `GET`, answered by [`Endpoint::do_get`](crate::Endpoint::do_get).
        GET = 1, "GET";
        /// `POST`, answered by [`Endpoint::do_post`](crate::Endpoint::do_post).
        POST = 2, "POST";
        /// `PUT`, answered by [`Endpoint::do_put`](crate::Endpoint::do_put).
        PUT = 3, "PUT";
        /// `DELETE`, answered by [`Endpoint::do_delete`](crate::Endpoint::do_delete).
        DELETE = 4, "DELETE";
    }
}
